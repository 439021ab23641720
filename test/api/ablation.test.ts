import { afterEach, describe, expect, inject, it } from 'vitest';
import type { SurveyAnswer, SurveyQuestion } from '../../core/ablation/survey.ts';
import { SurveyConsumer } from '../../queue/surveys.ts';
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
      progress: 'under-way',
      words: [
        expect.stringContaining('Under way'),
        'No verdict yet: layer hidden.',
        expect.stringContaining('paired by 3 seeds'),
        expect.stringContaining('Seeds vary first weights'),
      ],
    });
  });

  it('comes in the form that Accept likes best, and is not sent again to whoever has it', async () => {
    await holdAblatable();
    const { id } = (await api().post('/v1/experiments', ablate)).json<{ id: string }>();
    const path = `/v1/experiments/${id}/ablation`;
    const typeFor = async (accept: string) =>
      String((await api().get(path, { headers: { accept } })).headers['content-type']).split(';')[0];
    expect(await typeFor('application/json, text/plain, */*')).toBe('application/json');
    expect(await typeFor('*/*')).toBe('application/json');
    expect(await typeFor('text/plain')).toBe('text/plain');
    expect(await typeFor('text/*;q=0.5, text/csv')).toBe('text/csv');
    expect(await typeFor('application/json;q=0.1, text/csv;q=0.9')).toBe('text/csv');
    const { etag } = (await api().get(path)).headers;
    const again = await api().get(path, { headers: { 'if-none-match': `W/${String(etag)}` } });
    expect(again.statusCode).toBe(304);
    expect(again.headers.vary).toBe('accept');
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

describe('an ablation whose models a worker looks at', () => {
  const asked: SurveyQuestion[] = [];
  let consumer: SurveyConsumer | undefined;

  /** A worker by hand. */
  function answering(answer: (question: SurveyQuestion) => SurveyAnswer): void {
    consumer = new SurveyConsumer({
      url: inject('redisUrl'),
      keys: api().keys,
      pool: 'default',
      answer: async (question) => {
        asked.push(question);
        return answer(question);
      },
      onError: () => undefined,
    });
    consumer.run();
  }

  afterEach(async () => {
    asked.length = 0;
    await consumer?.close();
  });

  it('has the number of parameters of each component in its plan', async () => {
    await holdAblatable();
    answering(({ components }) => ({ components: components.map((_component, at) => ({ parameters: 10 - at })) }));
    const answer = await api().post('/v1/experiments?dryRun=true', ablate);
    expect(answer.json()).not.toHaveProperty('unchecked');
    expect(answer.json()).toMatchObject({ specification: { ablation: { components: [{ parameters: 10 }, { parameters: 9 }] } } });
  });

  it('has those of the models that a path can lead through, which are asked for by themselves', async () => {
    await holdAblatable();
    answering(({ components }) => ({ components: components.map(({ params }) => ({ parameters: Math.round(10 * Number(params.lr)) })) }));
    const path = { ...ablate, hparams: { lr: 0.5 }, ablation: { mode: 'path' } };
    const answer = await api().post('/v1/experiments?dryRun=true', path);
    expect(answer.json()).toMatchObject({ specification: { ablation: { sizes: [{ params: { lr: 0.5 }, parameters: 5 }] } } });
    expect(asked.map(({ components }) => components.length)).toEqual([2, 1]);
  });

  it('is refused with the reasons of all components that cannot be built', async () => {
    await holdAblatable();
    answering(({ components }) => ({
      components: components.map((_component, at) => (at === 0 ? { parameters: 3 } : { refusal: 'no fit' })),
    }));
    const answer = await api().post('/v1/experiments', ablate);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'invalid',
      field: 'ablation',
      message: 'ablation: must have components that can be built: no fit, got "layer hidden"',
    });
  });

  it('may name the layers that its own hyperparameters make, and no others', async () => {
    await holdAblatable();
    answering(({ components }) => ({
      layers: [layer('in', true), layer('deeper'), layer('out', true)],
      components: components.map(() => ({ parameters: 1 })),
    }));
    const of = (name: string) =>
      api().post('/v1/experiments?dryRun=true', { ...ablate, hparams: { lr: 0.5 }, ablation: { layers: [name] } });
    expect((await of('deeper')).statusCode).toBe(200);
    expect(asked[0]).toMatchObject({ params: { lr: 0.5 }, components: [] });
    expect((await of('hidden')).statusCode).toBe(400);
  });

  it('says that nobody has looked where no worker answers', async () => {
    await holdAblatable();
    expect((await api().post('/v1/experiments?dryRun=true', ablate)).json()).toMatchObject({
      unchecked: expect.stringContaining('no worker'),
    });
  });
});
