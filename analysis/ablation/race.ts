/**
 * The race of a step's candidates, so that replicates go to those that may win: after each round the ones that are told worse than the leader
 * leave (the idea of F-Race: M. Birattari, T. Stützle, L. Paquete & K. Varrentrapp 2002, "A racing algorithm for configuring metaheuristics").
 * It only saves trials. What it finds is a choice and claims nothing, so its tests are not corrected for their number.
 */
import type { PlannedComponent } from '../../core/ablation/schema.ts';
import { mean } from '../statistics/moments.ts';
import { pairedPValue, type Pair } from '../statistics/paired.ts';

export interface Racer {
  readonly component: PlannedComponent;
  /** To be minimised, by replicate; null where a trial failed. */
  readonly losses: readonly (number | null)[];
}

/** Who is told worse than the leader at this level leaves. */
const level = 0.05;

/** Those that go on, in their order. @param racers at least one, all with as many replicates */
export function survivors(racers: readonly Racer[]): Racer[] {
  const leader = bestOf(racers);
  return racers.filter((racer) => racer === leader || !isBehind(racer, leader));
}

/** Most replicates, then fewest failures, then the lowest mean loss; of equals the first. @param racers at least one */
export function bestOf(racers: readonly Racer[]): Racer {
  return racers.reduce((best, racer) => (isBetter(racer, best) ? racer : best));
}

function isBetter(one: Racer, other: Racer): boolean {
  if (one.losses.length !== other.losses.length) return one.losses.length > other.losses.length;
  const [failures, otherFailures] = [failuresOf(one), failuresOf(other)];
  return failures === otherFailures ? meanLoss(one) < meanLoss(other) : failures < otherFailures;
}

function isBehind(racer: Racer, leader: Racer): boolean {
  if (failuresOf(racer) > failuresOf(leader)) return true;
  const pairs = racer.losses.flatMap((loss, replicate): Pair[] => {
    const other = leader.losses[replicate] ?? null;
    return loss === null || other === null ? [] : [[loss, other]];
  });
  return pairs.length >= 2 && mean(pairs.map(([loss, other]) => loss - other)) > 0 && pairedPValue(pairs) <= level;
}

function failuresOf({ losses }: Racer): number {
  return losses.filter((loss) => loss === null).length;
}

function meanLoss({ losses }: Racer): number {
  const known = losses.filter((loss) => loss !== null);
  return known.length === 0 ? Infinity : mean(known);
}
