/** A page that threw: mostly one of an older build, whose files the server no longer has. */
import { useRouteError } from 'react-router';

export function CrashPage() {
  const error = useRouteError();
  return (
    <main>
      <div className="notice bad" role="alert">
        <span>This page could not be shown: {error instanceof Error ? error.message : String(error)}</span>
        <button type="button" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </div>
    </main>
  );
}
