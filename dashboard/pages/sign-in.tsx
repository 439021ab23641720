/** Asks for the API key. */
import { useState, type SubmitEvent } from 'react';
import { useApi } from '../data/api.tsx';

export function SignIn() {
  const { signIn, hasKey } = useApi();
  const [key, setKey] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    signIn(key.trim());
  };
  return (
    <form className="panel" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="soft">
        This server asks for an API key. <code>maggy keys create --name you</code> makes one; a key with the scope <code>read</code> may
        look, one with <code>submit</code> may also submit and steer.
      </p>
      {hasKey ? (
        <p className="danger" role="alert">
          The server does not accept the key that was shown.
        </p>
      ) : null}
      <label className="field">
        <span>API key</span>
        <input type="password" autoComplete="off" required value={key} onChange={({ target }) => setKey(target.value)} />
      </label>
      <div>
        <button type="submit" className="primary">
          Sign in
        </button>
      </div>
      <p className="small soft">It is kept until this tab is closed.</p>
    </form>
  );
}
