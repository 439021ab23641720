import { describe, expect, it } from 'vitest';
import { fitTransform } from '../../../optimizer/gp/outcomes.ts';
import { comparableLosses, RungOutputs, type Measurement } from '../../../optimizer/gp/rungs.ts';

const rungs = { min: 1, max: 9, reductionFactor: 3 };

/** Measurements of trials at rungs 1, 3, 9, a list of losses each. */
function measured(...losses: readonly (readonly (number | null)[])[]): Measurement[] {
  return losses.flatMap((curve) => {
    const made: Measurement[] = [];
    for (const [rung, loss] of curve.entries()) made.push({ resource: 3 ** rung, loss, before: made.at(-1) ?? null });
    return made;
  });
}

function outputs(all: readonly Measurement[]): RungOutputs {
  return new RungOutputs(all, fitTransform(comparableLosses(all)));
}

/** Nine trials whose loss falls by 5 between the rungs, of which the best three and then one go on. */
const nineCurves = [[10, 5, 2], [11, 6], [12, 7], [13], [14], [15], [16], [17], [18]];
const nine = measured(...nineCurves);

describe('outputs of several rungs', () => {
  it('are the transformed losses where no resource is doled out, the worst of them for what failed', () => {
    const plain = [5, null, 3].map((loss): Measurement => ({ resource: null, loss, before: null }));
    const [bad, failed, good] = outputs(plain).of(plain);
    expect(good).toBeLessThan(bad ?? NaN);
    expect(failed).toBe(bad);
  });

  it('put the trials of a rung where they were before, if the order is the same', () => {
    const made = outputs(nine);
    const [first, second] = [1, 3].map((resource) => made.of(nine.filter((row) => row.resource === resource)));
    [...(second ?? [])].forEach((output, i) => expect(output).toBeCloseTo(first?.[i] ?? NaN, 1));
  });

  it('know that the worst of a later rung are better than most of the first', () => {
    const made = outputs(nine);
    const last = made.of(nine.filter(({ resource }) => resource === 3)).at(-1) ?? NaN;
    expect([...made.of(nine.filter(({ resource }) => resource === 1))].filter((output) => output < last).length).toBeLessThanOrEqual(3);
  });

  it('do not depend on how large the losses of a rung are', () => {
    const moved = measured(...nineCurves.map((curve) => curve.map((loss, rung) => (rung === 0 ? loss : 1000 * loss - 7))));
    const again = outputs(moved).of(moved);
    outputs(nine)
      .of(nine)
      .forEach((output, i) => expect(again[i]).toBeCloseTo(output, 9));
  });

  it('count a trial that failed later as worse than all that got there', () => {
    const all = measured([10, 5], [11, 6], [12, 7], [12, null], [18]);
    const [here, failed] = [all.filter(({ resource, loss }) => resource === 3 && loss !== null), all.filter(({ loss }) => loss === null)];
    const made = outputs(all);
    expect(made.of(failed)[0]).toBeGreaterThanOrEqual(Math.max(...made.of(here)));
  });

  it('are finite whatever there is', () => {
    for (const all of [measured([null]), measured([1, null]), measured([4, 4], [4, 4], [4, 4]), measured([1], [null, 3]), []]) {
      expect([...outputs(all).of(all)].every(Number.isFinite)).toBe(true);
    }
    const told: Measurement[] = [1, 2, 3].map((loss) => ({ resource: 9, loss, before: null }));
    const all = [...told, ...measured([7], [8])];
    const [good, middle] = outputs(all).of(all);
    expect(good).toBeLessThan(middle ?? NaN);
  });
});

describe('the bars of the rungs', () => {
  it('are where a rung lets one in η through, and the best at least', () => {
    const made = outputs(nine);
    const [third] = made.of(nine.filter(({ loss, resource }) => loss === 12 && resource === 1));
    const [best] = made.of(nine.filter(({ loss }) => loss === 5));
    expect(made.bars(rungs)).toEqual([
      { resource: 1, output: third },
      { resource: 3, output: best },
    ]);
  });

  it('are none before there is anything to compare with', () => {
    expect(outputs([]).bars(rungs)).toEqual([]);
    expect(outputs(measured([null])).bars(rungs)).toEqual([]);
  });
});
