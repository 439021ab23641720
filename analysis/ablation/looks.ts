/**
 * The tests of one look of a study, made once, when all its trials are over: a look at part of them would be one more chance to be wrong. Holm's
 * procedure at the look's own level, over the components that are still studied, each compared by a paired t-test; one without a test, because
 * its trials failed, counts among them. A component that is told apart is studied no further.
 *
 * The chance of one false finding or more in the whole study is at most the sum α of the levels α_k: until the first false finding all m0
 * components without an effect are among those tested, so that it takes one of their p-values at some look k to be at most α_k / m0. Nothing is
 * assumed about how looks and components depend on each other, which makes the bound hold and somewhat wide; Jennison & Turnbull 2000, "Group
 * Sequential Methods with Applications to Clinical Trials", 7.2 has spending and 9 the repeated intervals that go with it.
 */
import type { Look, PlannedComponent } from '../../core/ablation/schema.ts';
import { STUDY_LEVEL } from '../../core/ablation/plan.ts';
import { holm } from '../statistics/holm.ts';
import { pairedPValue, type Pair } from '../statistics/paired.ts';

export interface Tested {
  /** At which it was made. */
  readonly look: Look;
  readonly pValue: number | null;
  /** Holm's, scaled so that it counts up to the level of the whole study, whatever its look may spend; null without a test. */
  readonly adjustedPValue: number | null;
  /** More replicates may tell: it has values, and they do not tell it apart yet. */
  readonly isOpen: boolean;
}

/** @param pairsOf by seed, with what each component is compared with */
export function testLook(
  look: Look,
  components: readonly PlannedComponent[],
  pairsOf: (component: PlannedComponent) => readonly Pair[],
): Map<PlannedComponent, Tested> {
  const tests = components.map((component) => {
    const pairs = pairsOf(component);
    return { component, pairs: pairs.length, pValue: pairs.length < 2 ? null : pairedPValue(pairs) };
  });
  const adjusted = holm(tests.map(({ pValue }) => pValue ?? 1));
  const scale = STUDY_LEVEL / look.level;
  return new Map(
    tests.map(({ component, pairs, pValue }, at) => {
      const adjustedPValue = pValue === null ? null : Math.min(1, scale * (adjusted[at] ?? 1));
      return [component, { look, pValue, adjustedPValue, isOpen: pairs > 0 && (adjustedPValue === null || adjustedPValue > STUDY_LEVEL) }];
    }),
  );
}
