/** Whatever comes in, the answer is `{ code, message, field? }` with a status of 4xx. */
import { describe, expect, it } from 'vitest';
import { submission, useApi } from './support.ts';

const api = useApi();

const lr = { type: 'float', min: 0.001, max: 1 };

/** What is wrong, the field and part of the message. */
const submissions: [string, object, string, string][] = [
  ['an unknown field', { ...submission, maxTrails: 3 }, 'maxTrails', 'did you mean "maxTrials"?'],
  ['an unknown field deep inside', { ...submission, space: { lr: { ...lr, scael: 'log' } } }, 'space.lr.scael', 'did you mean "scale"?'],
  ['a misspelt hyperparameter', { ...submission, hparams: { momentun: 0.5 } }, 'hparams.momentun', 'did you mean "momentum"?'],
  ['a misspelt parameter of the space', { ...submission, space: { lrr: lr } }, 'space.lrr', 'not a hyperparameter'],
  [
    'a range upside down',
    { ...submission, space: { lr: { type: 'float', min: 1, max: 0.1 } } },
    'space.lr.max',
    'must be greater than min',
  ],
  [
    'a log scale through zero',
    { ...submission, space: { lr: { type: 'float', min: 0, max: 1, scale: 'log' } } },
    'space.lr.min',
    'greater than 0',
  ],
  ['"5" for 5', { ...submission, maxTrials: '5' }, 'maxTrials', 'must be an integer, got "5"'],
  ['half a trial', { ...submission, maxTrials: 2.5 }, 'maxTrials', 'must be an integer'],
  ['no trials', { ...submission, maxTrials: 0 }, 'maxTrials', 'must be at least 1'],
  ['no maxTrials', { kind: 'tune', trainingFunction: 'digits' }, 'maxTrials', 'is required'],
  ['no kind', { trainingFunction: 'digits', maxTrials: 1 }, 'kind', 'is required'],
  ['an unknown kind', { ...submission, kind: 'tunee' }, 'kind', 'did you mean "tune"?'],
  ['an unknown sampler', { ...submission, sampler: { type: 'gird' } }, 'sampler.type', 'did you mean "grid"?'],
  [
    'a sampler like no other',
    { ...submission, sampler: { type: 'bayes' } },
    'sampler.type',
    'must be "random", "grid", "sobol", "gp" or "tpe", got "bayes"',
  ],
  [
    'a sampler by its name',
    { ...submission, sampler: 'gird' },
    'sampler',
    'whose type is "random", "grid", "sobol", "gp" or "tpe" (did you mean "grid"?)',
  ],
  ['an unknown scheduler', { ...submission, scheduler: { type: 'medain' } }, 'scheduler.type', 'did you mean "median"?'],
  ['an unknown direction', { ...submission, direction: 'max' }, 'direction', 'did you mean "maximize"?'],
  [
    'an option of another sampler',
    { ...submission, sampler: { type: 'random', resolution: 3 } },
    'sampler.resolution',
    'not a known field',
  ],
  ['a grid without resolution', { ...submission, sampler: { type: 'grid' } }, 'sampler.resolution', 'is required'],
  [
    'optimizer and sampler',
    { ...submission, optimizer: 'random', sampler: { type: 'random' } },
    'sampler',
    'must be absent beside optimizer',
  ],
  ['a pool nobody is in', { ...submission, pool: 'defaut' }, 'pool', 'did you mean "default"?'],
  ['a tag with a blank', { ...submission, tags: ['a b'] }, 'tags.0', 'must be a letter or digit and up to 63 more'],
  ['an impossible function name', { ...submission, trainingFunction: '3d' }, 'trainingFunction', 'must be a letter and up to 99 more'],
  [
    'an impossible id',
    { kind: 'train', trainingFunction: 'digits', from: 'nope' },
    'from',
    'must be the id of an experiment, such as xe3232u47krw57tliu8vmvz6sn, got "nope"',
  ],
  ['an id of none', { kind: 'train', trainingFunction: 'digits', from: 'x00000' }, 'from', 'there is none with this one, got "x00000"'],
  ['a training function that is a list', { ...submission, trainingFunction: [] }, 'trainingFunction', 'must be a string'],
  ['null for a number', { ...submission, seed: null }, 'seed', 'must be an integer'],
  ['a space for kind train', { kind: 'train', trainingFunction: 'digits', space: { lr } }, 'space', 'must be absent'],
  ['from for kind tune', { ...submission, from: 'x00000' }, 'from', 'must be absent'],
];

describe('a submission with', () => {
  it.each(submissions)('%s is refused with the field', async (_what, body, field, message) => {
    const response = await api().post('/v1/experiments', body);
    expect(response.statusCode, response.body).toBe(400);
    expect(response.json()).toEqual({ code: 'invalid', field, message: expect.stringContaining(message) as string });
  });
});

const json = { 'content-type': 'application/json' };
const nested = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
const withDataset = (dataset: string): string =>
  JSON.stringify({ ...submission, dataset: 0 }).replace('"dataset":0', `"dataset":${dataset}`);

/** What is wrong, headers, body, status, code and field. */
const bodies: [string, Record<string, string>, string, number, string, string | undefined][] = [
  ['broken JSON', json, '{"kind":', 400, 'malformed-request', undefined],
  ['nothing', json, '', 400, 'invalid', undefined],
  ['null', json, 'null', 400, 'invalid', undefined],
  ['a list', json, '[]', 400, 'invalid', undefined],
  ['a text', json, '"tune"', 400, 'invalid', undefined],
  ['2 MB', json, JSON.stringify({ ...submission, note: 'x'.repeat(2 * 2 ** 20) }), 413, 'too-large', undefined],
  ['plain text', { 'content-type': 'text/plain' }, 'kind=tune', 415, 'unsupported-media-type', undefined],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'kind=tune', 415, 'unsupported-media-type', undefined],
  ['a body without a type', {}, '{}', 415, 'unsupported-media-type', undefined],
  ['__proto__', json, '{"__proto__":{"kind":"tune"},"trainingFunction":"digits"}', 400, 'invalid', '__proto__'],
  ['__proto__ deep inside', json, withDataset('{"a":{"__proto__":1}}'), 400, 'invalid', 'dataset.a.__proto__'],
  [
    'a parameter named constructor',
    json,
    JSON.stringify({ ...submission, hparams: { constructor: 1 } }),
    400,
    'invalid',
    'hparams.constructor',
  ],
  ['a space of prototype names', json, JSON.stringify({ ...submission, space: { toString: lr } }), 400, 'invalid', 'space.toString'],
  ['a number beyond doubles', json, withDataset('{"a":[1e999]}'), 400, 'invalid', 'dataset.a.0'],
  ['1,000 levels', json, withDataset(nested(1000)), 400, 'malformed-request', undefined],
  ['100,000 levels', json, withDataset(nested(100_000)), 400, 'malformed-request', undefined],
  ['100,000 levels of lists', json, '['.repeat(100_000) + ']'.repeat(100_000), 400, 'malformed-request', undefined],
  ['an impossible key', { ...json, 'idempotency-key': 'has blanks' }, JSON.stringify(submission), 400, 'invalid', 'idempotency-key'],
  ['a key too long', { ...json, 'idempotency-key': 'k'.repeat(256) }, JSON.stringify(submission), 400, 'invalid', 'idempotency-key'],
];

describe('a body of', () => {
  it.each(bodies)('%s is refused', async (_what, headers, payload, status, code, field) => {
    const response = await api().app.inject({ method: 'POST', url: '/v1/experiments', headers, payload: Buffer.from(payload) });
    expect(response.statusCode, response.body).toBe(status);
    const answer = response.json<Record<string, unknown>>();
    expect(answer).toEqual({ code, message: expect.stringMatching(/./) as string, ...(field === undefined ? {} : { field }) });
    expect(response.body).not.toContain('node_modules');
    expect(response.body.length).toBeLessThan(1000);
  });
});

/** Method and path, status, code and field. */
const paths: [string, number, string, string | undefined][] = [
  ['GET /v1/experiments?limit=0', 400, 'invalid', 'limit'],
  ['GET /v1/experiments?limit=101', 400, 'invalid', 'limit'],
  ['GET /v1/experiments?limit=many', 400, 'invalid', 'limit'],
  ['GET /v1/experiments?limit=1&limit=2', 400, 'invalid', 'limit'],
  ['GET /v1/experiments?limit=', 400, 'invalid', 'limit'],
  ['GET /v1/experiments?state=done', 400, 'invalid', 'state'],
  ['GET /v1/experiments?tags=a', 400, 'invalid', 'tags'],
  ['GET /v1/experiments?__proto__=a', 400, 'invalid', '__proto__'],
  ['GET /v1/experiments?cursor=abc', 400, 'invalid', 'cursor'],
  ['GET /v1/experiments/x00000', 404, 'not-found', 'id'],
  ['GET /v1/experiments/%7B%7D', 404, 'not-found', 'id'],
  ['GET /v1/experiments/%zz', 400, 'malformed-request', undefined],
  ['GET /v1/experiments/x00000/result', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/result?waitSeconds=61', 400, 'invalid', 'waitSeconds'],
  ['GET /v1/experiments/x00000/result?waitSeconds=60', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/trials', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/trials?limit=1001', 400, 'invalid', 'limit'],
  ['GET /v1/experiments/x00000/trials?sort=name', 400, 'invalid', 'sort'],
  ['GET /v1/experiments/x00000/trials/one', 400, 'invalid', 'n'],
  ['GET /v1/experiments/x00000/trials/-1', 400, 'invalid', 'n'],
  ['GET /v1/experiments/x00000/trials/1.5', 400, 'invalid', 'n'],
  ['GET /v1/experiments/x00000/trials/1e99', 400, 'invalid', 'n'],
  ['GET /v1/experiments/x00000/trials/0/curve', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/trials/0/log', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/trials/0/artefacts', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/trials/0/artefacts/model/model.json', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/events', 404, 'not-found', 'id'],
  ['GET /v1/experiments/x00000/events?after=-1', 400, 'invalid', 'after'],
  ['POST /v1/experiments/x00000/stop', 404, 'not-found', 'id'],
  ['POST /v1/experiments/x00000/pause', 404, 'not-found', 'id'],
  ['POST /v1/experiments/x00000/resume', 404, 'not-found', 'id'],
  ['POST /v1/experiments/x00000/extend', 400, 'invalid', undefined],
  ['DELETE /v1/experiments/x00000', 404, 'not-found', 'id'],
  ['GET /v1/training-functions/digit', 404, 'not-found', 'name'],
];

describe('a request', () => {
  it.each(paths)('%s is refused', async (request, status, code, field) => {
    const [method = '', url = ''] = request.split(' ');
    const response = await api().app.inject({ method: method === 'POST' ? 'POST' : method === 'DELETE' ? 'DELETE' : 'GET', url });
    expect(response.statusCode, response.body).toBe(status);
    expect(response.json()).toEqual({ code, message: expect.stringMatching(/./) as string, ...(field === undefined ? {} : { field }) });
    expect(response.body.length).toBeLessThan(1000);
  });

  it('with a path of 5,000 characters is refused in a few words', async () => {
    const response = await api().get(`/v1/experiments/${'x'.repeat(5000)}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'malformed-request' });
    expect(response.body.length).toBeLessThan(1000);
  });

  it.each([
    ['/v1/experiments?state=complete', 'state', 'did you mean "completed"?'],
    ['/v1/experiments/x00000/trials?state=running_', 'state', 'did you mean "running"?'],
    ['/v1/experiments/x00000/trials?sort=duraton', 'sort', 'must be "number", "value" or "duration" (did you mean "duration"?)'],
    ['/v1/experiments/x00000/trials?order=desc', 'order', 'must be "ascending" or "descending" (did you mean "descending"?)'],
    ['/v1/experiments/x00000/trials?order=ASC', 'order', 'did you mean "ascending"?'],
  ])('for %s is told which words there are', async (url, field, message) => {
    const response = await api().get(url);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toEqual({ code: 'invalid', field, message: expect.stringContaining(message) as string });
  });

  it('for no route is told the nearest one', async () => {
    const misspelt = await api().get('/v1/experiment');
    expect(misspelt.statusCode).toBe(404);
    expect(misspelt.json()).toEqual({ code: 'not-found', message: 'there is no GET /v1/experiment (did you mean /v1/experiments?)' });
    const deep = await api().get('/v1/experiments/x00000/trails/3');
    expect(deep.json<{ message: string }>().message).toContain('(did you mean /v1/experiments/x00000/trials/3?)');
  });

  it('by a method that its path does not take is told which it takes', async () => {
    const response = await api().app.inject({ method: 'PUT', url: '/v1/experiments' });
    expect(response.statusCode).toBe(404);
    expect(response.json<{ message: string }>().message).toContain('takes POST, GET');
  });
});
