/** What the address says of the view, one name at a time: a page that is loaded again, or sent to somebody, shows the same. */
import { useSearchParams } from 'react-router';

/** @param initial what holds where the address says nothing; it is not written into it */
export function useView(name: string, initial = ''): readonly [string, (value: string) => void] {
  const [view, setView] = useSearchParams();
  const set = (value: string): void =>
    setView(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === initial) after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true, preventScrollReset: true },
    );
  return [view.get(name) ?? initial, set];
}

/** The one of `choices` that the address names, else the first. */
export function useChoice<Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): readonly [Choice, (value: Choice) => void] {
  const [text, set] = useView(name, choices[0]);
  return [choices.find((choice) => choice === text) ?? choices[0], set];
}
