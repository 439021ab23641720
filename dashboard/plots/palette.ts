/** The colours of plots: those of `styles/tokens.css`, read from the page, so that a plot is as light or dark as what stands around it. */
import { useSyncExternalStore } from 'react';
import { states } from '../parts/words.ts';
import type { State } from '../data/queries.ts';

export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly state: Readonly<Record<State, string>>;
  /** Told apart by those who do not see all colours (Okabe and Ito). */
  readonly series: readonly string[];
  /** From bad to good: cividis, which reads the same without red and green (Nuñez et al. 2018). */
  readonly ramp: readonly string[];
  /** From the best to the worst, each to be seen on the page's ground. */
  readonly curves: readonly string[];
  readonly letters: string;
}

const darkness = window.matchMedia('(prefers-color-scheme: dark)');

export function usePalette(): Palette {
  const isDark = useSyncExternalStore(
    (tell) => {
      darkness.addEventListener('change', tell);
      return () => darkness.removeEventListener('change', tell);
    },
    () => darkness.matches,
  );
  return isDark ? (dark ??= read()) : (light ??= read());
}

let light: Palette | undefined;
let dark: Palette | undefined;

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const state = Object.fromEntries(states.map((name) => [name, token(`state-${name}`)])) as Record<State, string>;
  return {
    ink: token('ink'),
    soft: token('ink-soft'),
    line: token('line'),
    surface: token('surface'),
    accent: token('accent'),
    state,
    series: ['blue', 'orange', 'green', 'vermillion', 'purple', 'sky', 'grey'].map(token),
    ramp: ['#fdea45', '#c4b56c', '#7d7c78', '#414d6b', '#00306f'],
    curves: darkness.matches
      ? ['#ffea46', '#d9c65c', '#b0a273', '#8a8678', '#6a6c71', '#535d6d']
      : ['#00204d', '#33527f', '#5f7a9c', '#8a9bb0', '#aeb6c0', '#c9ced4'],
    letters: token('letters'),
  };
}
