/** Studies of a training function of which is known what each part is worth: real trainings, in real trial processes. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { StudyDocument } from '../../analysis/ablation/answer.ts';
import type { Ablation } from '../../core/ablation/schema.ts';
import { lagom } from '../../lagom/index.ts';
import knownWorth from './fixtures/known-worth.ts';

async function study(ablation: Ablation, replicates: number): Promise<StudyDocument> {
  const { ablation: found, counts } = await lagom(knownWorth, {
    kind: 'ablate',
    ablation,
    replicates,
    seed: 1,
    slots: 2,
    backend: 'cpu',
    progress: false,
  });
  expect(counts.failed).toBe(0);
  if (found === undefined) throw new Error('a study was expected');
  return found;
}

describe('an ablation of parts whose worth is known', { timeout: 300_000 }, () => {
  let alone: StudyDocument;
  beforeAll(async () => {
    alone = await study({ features: 'all', layers: ['bend', 'dead'] }, 6);
  }, 300_000);
  const component = (name: string) => alone.components.find((entry) => entry.name === name);

  it('finds that the useful feature and the layer that matters hurt to leave out, and nothing else does', () => {
    const worse = alone.components.filter(({ verdict }) => verdict === 'worse').map(({ name }) => name);
    expect(worse.sort()).toEqual(['feature useful', 'layer bend']);
    // What a constant leaves of 2 |x| has the variance 4 (1 - 2 / π), which is 1.45 for a standard normal.
    expect(component('layer bend')?.difference).toBeGreaterThan(1);
    expect(component('feature useful')?.difference).toBeGreaterThan(1);
  });

  it('finds that the useless feature and either of two that say the same do not matter', () => {
    for (const name of ['feature useless', 'feature twin', 'feature copy']) {
      expect(component(name)).toMatchObject({ verdict: 'no-matter' });
    }
  });

  it('finds that the dead layer makes no difference at all', () => {
    expect(component('layer dead')).toMatchObject({ verdict: 'no-matter', difference: 0 });
  });

  it('finds that both features that say the same hurt to leave out together', async () => {
    const pairs = await study({ mode: 'leave-two-out', features: ['twin', 'copy'] }, 6);
    const verdicts = new Map(pairs.components.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts.get('feature twin + feature copy')).toBe('worse');
    expect(verdicts.get('feature twin')).not.toBe('worse');
    expect(verdicts.get('feature copy')).not.toBe('worse');
    const [interaction] = pairs.interactions;
    expect(interaction?.difference).toBeGreaterThan(0.5);
    expect(interaction?.interval?.[0]).toBeGreaterThan(0);
  });
});
