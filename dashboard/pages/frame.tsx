/** What stands around every page: where one can go, whether the server is there, and the sign-in where it asks for a key. */
import { NavLink, Outlet, ScrollRestoration } from 'react-router';
import { useApi } from '../data/api.tsx';
import { SignIn } from './sign-in.tsx';

const places = [
  { to: '/', name: 'Experiments' },
  { to: '/submit', name: 'Submit' },
  { to: '/workers', name: 'Workers' },
];

export function Frame() {
  const { needsKey, hasKey, isOffline, signOut } = useApi();
  return (
    <>
      <a className="skip" href="#content">
        To the content
      </a>
      <header className="top">
        <NavLink to="/" className="brand" aria-label="Maggy, experiments">
          <Logo />
          <span>Maggy</span>
        </NavLink>
        <nav className="links" aria-label="Pages">
          {places.map(({ to, name }) => (
            <NavLink key={to} to={to} end>
              {name}
            </NavLink>
          ))}
          <a href="/docs">API</a>
        </nav>
        {hasKey ? (
          <button type="button" className="end" onClick={signOut}>
            Sign out
          </button>
        ) : null}
      </header>
      <main id="content">
        {isOffline ? (
          <div className="notice bad" role="status">
            The server does not answer. What stands here is the last that it said; it is asked again.
          </div>
        ) : null}
        {needsKey ? <SignIn /> : <Outlet />}
      </main>
      <ScrollRestoration />
    </>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0b4f79" />
      <path d="M6 9l7 11 5-6 8 10" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="26" cy="24" r="3" fill="#e69f00" />
    </svg>
  );
}
