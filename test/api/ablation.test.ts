import { describe, expect, it } from 'vitest';
import { declaration, submission, useApi, worker } from './support.ts';

const api = useApi();
const layer = (name: string, isProtected = false) => ({ name, type: 'Dense', inputs: [], parameters: 1, isProtected });
const ablatable = { layers: [layer('in', true), layer('hidden'), layer('out', true)], variants: [] };
const ablate = { kind: 'ablate', trainingFunction: 'ablatable', seed: 3, ablation: { layers: 'all' } };

async function holdAblatable(): Promise<void> {
  const held = declaration({ name: 'ablatable', ablatable });
  await api().registry.declare('default', [held]);
  await api().registry.beat(worker({ id: 'worker-2', functions: [{ name: held.name, hash: held.hash }] }));
}

describe('an ablation', () => {
  it('shows its plan, and runs nothing, as a dry run', async () => {
    await holdAblatable();
    const answer = await api().post('/v1/experiments?dryRun=true', ablate);
    expect(answer.statusCode).toBe(200);
    const { specification } = answer.json<{ specification: { id: string } }>();
    expect(specification).toMatchObject({
      kind: 'ablate',
      maxTrials: 6,
      replicates: 3,
      ablation: { components: [{ name: 'baseline' }, { name: 'layer hidden', exclusion: { layers: ['hidden'] } }] },
    });
    expect((await api().get(`/v1/experiments/${specification.id}`)).statusCode).toBe(404);
  });

  it('has an answer before it has trials: that nothing is measured yet', async () => {
    await holdAblatable();
    const { id } = (await api().post('/v1/experiments', ablate)).json<{ id: string }>();
    const answer = await api().get(`/v1/experiments/${id}/ablation`);
    expect(answer.json()).toMatchObject({
      mode: 'leave-one-out',
      replicates: 3,
      components: [{ name: 'layer hidden', verdict: 'unfinished', difference: null }],
      interactions: [],
      words: ['Not measured yet: layer hidden.', expect.stringContaining('Paired by 3 seeds')],
    });
  });

  it('takes no configurations beside its plan', async () => {
    await holdAblatable();
    const { id } = (await api().post('/v1/experiments', ablate)).json<{ id: string }>();
    expect((await api().post(`/v1/experiments/${id}/enqueue`, { params: {} })).statusCode).toBe(409);
  });

  it('is the only kind of experiment with such an answer', async () => {
    const { id } = (await api().post('/v1/experiments', submission)).json<{ id: string }>();
    expect((await api().get(`/v1/experiments/${id}/ablation`)).statusCode).toBe(409);
  });
});
