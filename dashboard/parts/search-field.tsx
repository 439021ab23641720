/** A field for a search that the address keeps: it shows each keystroke at once, and the address follows when the typing has paused. */
import { useEffect, useEffectEvent, useState } from 'react';

const QUIET_MS = 300;

interface SearchFieldProps {
  readonly name: string;
  readonly placeholder: string;
  /** What the address says. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isWide?: boolean;
}

export function SearchField({ name, placeholder, value, onChange, isWide = false }: SearchFieldProps) {
  // The router takes its time to say a new address back. A field that showed only the address would lose what is typed meanwhile.
  const [typed, setTyped] = useState<string>();
  const settle = useEffectEvent((text: string) => (text === value ? setTyped(undefined) : onChange(text)));
  useEffect(() => {
    if (typed === undefined) return;
    const timer = setTimeout(() => settle(typed), QUIET_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <label className={isWide ? 'field wide' : 'field'}>
      <span>{name}</span>
      <input type="search" placeholder={placeholder} value={typed ?? value} onChange={({ target }) => setTyped(target.value)} />
    </label>
  );
}
