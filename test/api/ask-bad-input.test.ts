/** Whatever is asked, reported or told wrongly, the answer is `{ code, message, field? }` with a status of 4xx. */
import { describe, expect, it } from 'vitest';
import { useApi } from './support.ts';

const api = useApi();

const x = { type: 'float', min: -1, max: 1 };
const submission = { kind: 'tune', trainingFunction: 'elsewhere', execution: 'ask', space: { x }, direction: 'minimize', maxTrials: 3 };

/** What is wrong, the body, the field and part of the message. */
const submissions: [string, object, string, string][] = [
  ['a misspelt execution', { ...submission, execution: 'asked' }, 'execution', 'did you mean "ask"?'],
  ['no space', { ...submission, space: undefined }, 'space', 'is required when execution is "ask"'],
  ['no direction', { ...submission, direction: undefined }, 'direction', 'is required'],
  ['a space upside down', { ...submission, space: { x: { ...x, max: -2 } } }, 'space.x.max', 'must be greater than min'],
  ['a pool', { ...submission, pool: 'default' }, 'pool', 'must be absent when execution is "ask"'],
  ['a limit of silence', { ...submission, maxSilenceSeconds: 5 }, 'maxSilenceSeconds', 'must be absent when execution is "ask"'],
  ['a fixed parameter that is none', { ...submission, hparams: { xx: 0 } }, 'hparams.xx', 'did you mean "x"?'],
  ['rungs without an end', { ...submission, optimizer: 'asha' }, 'scheduler.maxResource', 'is required'],
];

describe('a submission to be asked for with', () => {
  it.each(submissions)('%s is refused with the field', async (_what, body, field, message) => {
    const response = await api().post('/v1/experiments', body);
    expect(response.statusCode, response.body).toBe(400);
    expect(response.json()).toEqual({ code: 'invalid', field, message: expect.stringContaining(message) as string });
  });
});

const token = Buffer.from('0.1.60.00000000-0000-0000-0000-000000000000').toString('base64url');
const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** Path below the experiment, body, field and part of the message. */
const requests: [string, unknown, string, string][] = [
  ['ask', { wait: 1 }, 'wait', 'is not a known field'],
  ['ask', { waitSeconds: 61 }, 'waitSeconds', 'must be at most 60'],
  ['ask', { waitSeconds: '5' }, 'waitSeconds', 'must be a number'],
  ['ask', { leaseSeconds: 0 }, 'leaseSeconds', 'must be at least 1'],
  ['ask', { leaseSeconds: 1.5 }, 'leaseSeconds', 'must be an integer'],
  ['ask', { worker: 'a "b"' }, 'worker', 'must be 1 to 100 letters, digits'],
  ['ask', { worker: '' }, 'worker', 'must be 1 to 100 letters, digits'],
  ['trials/-1/tell', { token, state: 'stopped' }, 'n', 'must be at least 0'],
  ['trials/0/reports', { step: 1, value: 1 }, 'token', 'is required'],
  ['trials/0/reports', { token: 'nonsense', step: 1, value: 1 }, 'token', 'must be the token that came with the trial'],
  ['trials/0/reports', { token: encoded('0.1.60."'), step: 1, value: 1 }, 'token', 'must be the token that came with the trial'],
  ['trials/1/reports', { token, step: 1, value: 1 }, 'token', 'must be the token that came with trial 1, not with trial 0'],
  ['trials/0/reports', { token, value: 1 }, 'step', 'is required'],
  ['trials/0/reports', { token, step: 0, value: 1 }, 'step', 'must be at least 1'],
  ['trials/0/reports', { token, step: 1.5, value: 1 }, 'step', 'must be an integer'],
  ['trials/0/reports', { token, step: 1 }, 'value', 'is required unless metrics holds "value"'],
  ['trials/0/reports', { token, step: 1, value: '0.5' }, 'value', 'must be a number or null'],
  ['trials/0/reports', { token, step: 1, value: 1, metrics: { value: 1 } }, 'value', 'must be absent beside metrics'],
  ['trials/0/reports', { token, step: 1, metrics: { loss: 1 } }, 'metrics.value', "is required, because it is the experiment's metric"],
  ['trials/0/reports', { token, step: 1, metrics: { value: 1, loss: 'low' } }, 'metrics.loss', 'must be a number or null'],
  ['trials/0/heartbeat', {}, 'token', 'is required'],
  ['trials/0/heartbeat', { token: 7 }, 'token', 'must be a string'],
  ['trials/0/tell', { token }, 'state', 'must be "completed", "failed", "stopped" or "infeasible", got nothing'],
  ['trials/0/tell', { token, state: 'complete' }, 'state', 'did you mean "completed"?'],
  ['trials/0/tell', { token, state: 'paused' }, 'state', 'must be "completed", "failed", "stopped" or "infeasible"'],
  ['trials/0/tell', { token, state: 'completed' }, 'value', 'is required'],
  ['trials/0/tell', { token, state: 'completed', value: 1, message: 'well' }, 'message', 'is not a known field'],
  ['trials/0/tell', { token, state: 'stopped', value: 1 }, 'value', 'is not a known field'],
];

describe('a request about a trial', () => {
  it.each(requests)('to %s with %j is refused with the field', async (path, body, field, message) => {
    const { id } = await api().experiment(submission);
    const response = await api().app.inject({ method: 'POST', url: `/v1/experiments/${id}/${path}`, payload: Object(body) });
    expect(response.statusCode, response.body).toBe(400);
    expect(response.json()).toEqual({ code: 'invalid', field, message: expect.stringContaining(message) as string });
  });

  it.each([
    ['ask', {}],
    ['trials/0/reports', { token, step: 1, value: 1 }],
    ['trials/0/heartbeat', { token }],
    ['trials/0/tell', { token, state: 'stopped' }],
  ])('to %s is refused where there is no such experiment', async (path, body) => {
    const response = await api().post(`/v1/experiments/x00000/${path}`, body);
    expect(response.statusCode, response.body).toBe(404);
    expect(response.json()).toMatchObject({ code: 'not-found', field: 'id' });
  });

  it.each([
    ['trials/0/reports', { token, step: 1, value: 1 }],
    ['trials/0/reports', { token, step: 1, value: null }],
    ['trials/0/heartbeat', { token }],
    ['trials/0/tell', { token, state: 'stopped' }],
  ])('to %s (%j) is refused where no such attempt runs', async (path, body) => {
    const { id } = await api().experiment(submission);
    const response = await api().post(`/v1/experiments/${id}/${path}`, body);
    expect(response.statusCode, response.body).toBe(409);
    expect(response.json()).toMatchObject({ code: 'lease-lost', field: 'token' });
  });

  it('is refused where workers run the trials', async () => {
    const { id } = await api().experiment();
    const response = await api().post(`/v1/experiments/${id}/ask`, {});
    expect(response.statusCode).toBe(409);
    expect(response.json()).toEqual({
      code: 'conflict',
      field: 'id',
      message: expect.stringContaining('workers of pool default') as string,
    });
  });
});
