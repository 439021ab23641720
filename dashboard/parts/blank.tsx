/** What stands where there is nothing to show: not yet, nothing at all, or an error with what to do about it. */
import type { ReactNode } from 'react';

export function Blank({ children }: { readonly children: ReactNode }) {
  return <div className="blank">{children}</div>;
}

export function Loading() {
  return (
    <div className="blank" role="status">
      Loading…
    </div>
  );
}

export function Failure({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <span>{error.message}</span>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
