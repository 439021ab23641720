/**
 * Fair shares of a pool's slots: max-min fairness by weight ("water filling"). Each experiment gets the same level of slots
 * for each unit of its weight, but no less than one slot and no more than it can use; what it leaves goes to the others. Pure.
 */

export interface Claim {
  readonly experiment: string;
  /** Positive; an experiment of weight 2 gets twice the slots of one of weight 1 where both want more. */
  readonly weight: number;
  /** Whole slots that it could use now. */
  readonly demand: number;
}

/**
 * Whole slots for each claim. Remainders go to the largest fractions, ties to the smaller id. Where there are more claims than
 * slots, each still gets one: the order of the queue decides whose turn it is.
 */
export function fairShares(slots: number, claims: readonly Claim[]): Map<string, number> {
  const shares = new Map(claims.map(({ experiment }) => [experiment, 0]));
  const wanting = claims.filter(({ demand }) => demand > 0);
  if (slots === 0) return shares;
  const levels = wanting.length >= slots ? new Map(wanting.map(({ experiment }) => [experiment, 1])) : fill(slots, wanting);
  let left = slots;
  for (const [experiment, level] of levels) {
    shares.set(experiment, Math.floor(level));
    left -= Math.floor(level);
  }
  const byFraction = [...levels].sort(([a, x], [b, y]) => (y % 1) - (x % 1) || (a < b ? -1 : 1));
  for (const [experiment, level] of byFraction) {
    if (left <= 0) break;
    // A whole level is all that its experiment can use.
    if (Number.isInteger(level)) continue;
    shares.set(experiment, Math.floor(level) + 1);
    left -= 1;
  }
  return shares;
}

/** The share of one of the claims. Where each gets one slot, which is so with many of them, it costs no more than counting them. */
export function fairShare(slots: number, claims: readonly Claim[], mine: Claim): number {
  if (slots === 0 || mine.demand === 0) return 0;
  const wanting = claims.reduce((count, { demand }) => count + (demand > 0 ? 1 : 0), 0);
  return wanting >= slots ? 1 : (fairShares(slots, claims).get(mine.experiment) ?? 0);
}

/** Real-valued shares that add up to the slots, or to the demands where those are less. There are more slots than claims. */
function fill(slots: number, claims: readonly Claim[]): Map<string, number> {
  const levels = pour(slots, claims);
  const drowned = claims.filter(({ experiment }) => (levels.get(experiment) ?? 0) < 1);
  if (drowned.length === 0) return levels;
  // One slot for each whose weight buys less; the others share what remains, where more of them may now get less than one.
  const rest = claims.filter((claim) => !drowned.includes(claim));
  return new Map([...drowned.map(({ experiment }): [string, number] => [experiment, 1]), ...fill(slots - drowned.length, rest)]);
}

/** Those who want less than their level are served first, the rest share what remains. */
function pour(slots: number, claims: readonly Claim[]): Map<string, number> {
  const levels = new Map<string, number>();
  const byNeed = [...claims].sort((a, b) => a.demand / a.weight - b.demand / b.weight || (a.experiment < b.experiment ? -1 : 1));
  let left = slots;
  let weight = byNeed.reduce((sum, claim) => sum + claim.weight, 0);
  for (const claim of byNeed) {
    const level = Math.min(claim.demand, (left * claim.weight) / weight);
    levels.set(claim.experiment, level);
    left -= level;
    weight -= claim.weight;
  }
  return levels;
}
