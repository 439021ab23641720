/** A table that scrolls by itself where it is wider than the page, with the keyboard too. */
import type { ReactNode } from 'react';

export function Table({ children }: { readonly children: ReactNode }) {
  return (
    <div className="scroll" tabIndex={0}>
      <table className="plain">{children}</table>
    </div>
  );
}
