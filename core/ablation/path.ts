/**
 * The changes that lead from one configuration towards another, as the steps of an ablation path: C. Fawcett & H. H. Hoos 2016, "Analysing
 * differences between algorithm configurations through ablation", Journal of Heuristics 22(4). A change sets one hyperparameter to its value in
 * the target. Where that makes others active, they come along with their values in the target; those that it leaves inactive are gone.
 */
import { compileSpace, isActive } from '../compiled-space.ts';
import { configurationKey } from '../params.ts';
import type { Params, SearchSpace } from '../space.ts';

export interface Change {
  /** `units 16 → 64`, `optimizer adam → sgd with momentum 0.9` */
  readonly name: string;
  /** The configuration after it. */
  readonly params: Params;
}

/** One for each hyperparameter that is active in both and differs; none where the configurations are the same. */
export function changesBetween(space: SearchSpace, current: Params, target: Params): Change[] {
  const { entries } = compileSpace(space);
  const differing = entries.filter(
    ({ name }) => current[name] !== undefined && target[name] !== undefined && current[name] !== target[name],
  );
  return differing.map(({ name: changed }) => {
    const params: Params = {};
    const along: string[] = [];
    for (const entry of entries) {
      if (!isActive(entry, params)) continue;
      const { name, defaultValue } = entry;
      params[name] = (name === changed ? target[name] : (current[name] ?? target[name])) ?? defaultValue;
      if (current[name] === undefined) along.push(`${name} ${String(params[name])}`);
    }
    const change = `${changed} ${String(current[changed])} → ${String(target[changed])}`;
    return { name: along.length === 0 ? change : `${change} with ${along.join(' and ')}`, params };
  });
}

/** All that a path can go through behind its start, whatever order its races find, the target included; undefined for more than `most`. */
export function configurationsBetween(space: SearchSpace, start: Params, target: Params, most: number): Params[] | undefined {
  const seen = new Set<string>();
  const found: Params[] = [];
  // Grows while it is walked.
  const reached = [start];
  for (const from of reached) {
    for (const { params } of changesBetween(space, from, target)) {
      const key = configurationKey(params);
      if (seen.has(key)) continue;
      if (found.length === most) return undefined;
      seen.add(key);
      found.push(params);
      reached.push(params);
    }
  }
  return found;
}
