import { beforeAll, describe, expect, it } from 'vitest';
import type { TrialRow } from '../../core/results.ts';
import { tf } from '../../training/tf.ts';
import { modelFiles } from '../../training/weights.ts';
import { counts, row, useApi, type Run } from './support.ts';

const api = useApi();

interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly path: string;
}

describe('the trials of an experiment', () => {
  let run: Run;

  beforeAll(async () => {
    run = await api().experiment();
    await run.start([4]);
    await run.publish({ counts: counts({ completed: 3, failed: 1, running: 1 }) }, [
      row(0, { value: 0.5, durationSeconds: 3 }),
      row(1, { value: 0.9, durationSeconds: 1 }),
      row(2, { state: 'failed', failure: { reason: 'diverged', message: 'NaN' }, durationSeconds: 2 }),
      row(3, { value: 0.7, durationSeconds: 4 }),
      row(4, { state: 'running', endedAt: null, durationSeconds: null }),
    ]);
  });

  async function numbers(query: string): Promise<number[]> {
    const response = await api().get(`${run.path}/trials${query}`);
    expect(response.statusCode, response.body).toBe(200);
    return response.json<{ items: TrialRow[] }>().items.map(({ number }) => number);
  }

  it('come by number', async () => {
    expect(await numbers('')).toEqual([0, 1, 2, 3, 4]);
    expect(await numbers('?order=descending')).toEqual([4, 3, 2, 1, 0]);
  });

  it('are filtered by state', async () => {
    expect(await numbers('?state=completed')).toEqual([0, 1, 3]);
    expect(await numbers('?state=failed')).toEqual([2]);
    expect(await numbers('?state=paused')).toEqual([]);
  });

  it('are sorted by value and by duration, those without it left out', async () => {
    expect(await numbers('?sort=value&order=descending')).toEqual([1, 3, 0]);
    expect(await numbers('?sort=duration')).toEqual([1, 2, 0, 3]);
    expect(await numbers('?sort=value&state=completed&limit=1')).toEqual([0]);
  });

  it('come in pages that join without a gap', async () => {
    const seen: number[] = [];
    let query = '?sort=value&limit=2';
    for (;;) {
      const { items, nextCursor } = (await api().get(`${run.path}/trials${query}`)).json<{
        items: TrialRow[];
        nextCursor: string | null;
      }>();
      seen.push(...items.map(({ number }) => number));
      if (nextCursor === null) break;
      query = `?sort=value&limit=2&cursor=${nextCursor}`;
    }
    expect(seen).toEqual([0, 3, 1]);
  });

  it('refuse a cursor of another order', async () => {
    const { nextCursor } = (await api().get(`${run.path}/trials?limit=1`)).json<{ nextCursor: string }>();
    const response = await api().get(`${run.path}/trials?limit=1&order=descending&cursor=${nextCursor}`);
    expect(response.json()).toMatchObject({ code: 'invalid', field: 'cursor' });
  });

  it('are read one by one, with what ran them', async () => {
    const trial = await api().get(`${run.path}/trials/4`);
    const links = { self: `${run.path}/trials/4`, curve: `${run.path}/trials/4/curve` };
    expect(trial.json()).toMatchObject({ number: 4, state: 'running', provenance: { backend: 'cpu' }, links });
    const missing = await api().get(`${run.path}/trials/99`);
    expect(missing.statusCode).toBe(404);
    expect(missing.json()).toMatchObject({ code: 'not-found', field: 'n' });
  });
});

describe('what a running trial said', () => {
  let run: Run;

  beforeAll(async () => {
    run = await api().experiment();
    const [token] = await run.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    await api().attempts.report(
      token,
      1,
      [1, 2].map((step) => ({ step, value: step / 10, metrics: { accuracy: step / 10, loss: 1 } })),
      false,
    );
    await api().attempts.appendOutput(token, ['one', 'zwei ünd drei']);
    await run.publish({ counts: counts({ running: 1 }) }, [row(0, { state: 'running', endedAt: null, durationSeconds: null })]);
  });

  it('is in its row before the optimizer has published it', async () => {
    expect((await api().get(`${run.path}/trials/0`)).json()).toMatchObject({ lastStep: 2, value: 0.2, reports: 2 });
  });

  it('is its curve, all metrics included', async () => {
    expect((await api().get(`${run.path}/trials/0/curve`)).json()).toEqual({
      items: [1, 2].map((step) => ({
        attempt: 1,
        step,
        value: step / 10,
        at: expect.any(Number) as number,
        metrics: { accuracy: step / 10, loss: 1 },
      })),
      nextCursor: null,
    });
  });

  it('is its curve in pages, each report once, also those that came meanwhile', async () => {
    const [token] = await run.start([1]);
    if (token === undefined) throw new Error('nothing was started');
    await run.publish({ counts: counts({ running: 2 }) }, [row(1, { state: 'running', endedAt: null, durationSeconds: null })]);
    const reports = Array.from({ length: 7 }, (_, i) => ({ step: i + 1, value: i, metrics: {} }));
    await api().attempts.report(token, 1, reports.slice(0, 5), false);
    const pages: number[][] = [];
    for (let query = '?limit=3'; ;) {
      const page = await api().get(`${run.path}/trials/1/curve${query}`);
      const { items, nextCursor } = page.json<{ items: { step: number }[]; nextCursor: string | null }>();
      pages.push(items.map(({ step }) => step));
      if (nextCursor === null) break;
      if (pages.length === 1) await api().attempts.report(token, 6, reports.slice(5), false);
      query = `?limit=3&cursor=${nextCursor}`;
    }
    expect(pages).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it.each(['limit=1001', 'cursor=abc'])('refuses %s for a page of its curve', async (query) => {
    const response = await api().get(`${run.path}/trials/0/curve?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid', field: query.slice(0, query.indexOf('=')) });
  });

  it('is its log, as text unless JSON is asked for', async () => {
    const text = await api().get(`${run.path}/trials/0/log`, { headers: { accept: '*/*' } });
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toBe('one\nzwei ünd drei\n');
    const plain = await api().get(`${run.path}/trials/0/log`, { headers: { accept: 'application/json;q=0.5, text/plain' } });
    expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8');
    const json = await api().get(`${run.path}/trials/0/log`, { headers: { accept: 'application/json, text/plain;q=0.5' } });
    expect(json.json()).toEqual({ lines: ['one', 'zwei ünd drei'] });
  });
});

describe('the artefacts of a trial', () => {
  let run: Run;
  let model: tf.Sequential;
  let modelId: string;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2], activation: 'softmax' })] });
    const files = await modelFiles(model);
    modelId = await api().store.write(files);
    const checkpointId = await api().store.write(new Map([...files, ['data.json', new TextEncoder().encode('{"epoch":2}')]]));
    run = await api().experiment();
    const [token] = await run.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    await api().attempts.registerFiles(token, 'checkpoint', checkpointId, 2);
    await api().attempts.registerFiles(token, 'model', modelId, 3);
    await run.publish({ counts: counts({ running: 1 }) }, [row(0, { state: 'running' })]);
  });

  it('are listed with the path of their model', async () => {
    expect((await api().get(`${run.path}/trials/0/artefacts`)).json()).toMatchObject({
      items: [
        { name: 'checkpoint-2', kind: 'checkpoint', step: 2, attempt: 1, path: `${run.path}/trials/0/artefacts/checkpoint-2/model.json` },
        { name: 'model', kind: 'model', id: modelId, step: 3, attempt: 1, path: `${run.path}/trials/0/artefacts/model/model.json` },
      ],
    });
  });

  it('are listed with their files, each of which is served', async () => {
    const [checkpoint, kept] = (await api().get(`${run.path}/trials/0/artefacts`)).json<{ items: { files: ListedFile[] }[] }>().items;
    expect(checkpoint?.files.map(({ name }) => name)).toEqual(['data.json', 'model.json', 'weights.bin']);
    expect(kept?.files.map(({ name }) => name)).toEqual(['model.json', 'weights.bin']);
    for (const file of checkpoint?.files ?? []) {
      expect((await api().get(file.path)).headers['content-length']).toBe(String(file.sizeBytes));
    }
  });

  it('name no model where there is none, and no file that the store has lost', async () => {
    const other = await api().experiment();
    const [token] = await other.start([0]);
    if (token === undefined) throw new Error('nothing was started');
    const id = await api().store.write(new Map([['data.json', new TextEncoder().encode('{"epoch":3}')]]));
    await api().attempts.registerFiles(token, 'checkpoint', id, 3);
    await other.publish({ counts: counts({ running: 1 }) }, [row(0, { state: 'running' })]);
    const path = `${other.path}/trials/0/artefacts`;
    const file = { name: 'data.json', sizeBytes: 11, path: `${path}/checkpoint-3/data.json` };
    expect((await api().get(path)).json()).toMatchObject({ items: [{ name: 'checkpoint-3', path: null, files: [file] }] });
    await api().store.remove(id);
    expect((await api().get(path)).json()).toMatchObject({ items: [{ name: 'checkpoint-3', path: null, files: [] }] });
  });

  it('include a model that tf.loadLayersModel takes over HTTP', async () => {
    const base = await api().app.listen({ port: 0, host: '127.0.0.1' });
    const loaded = await tf.loadLayersModel(`${base}${run.path}/trials/0/artefacts/model/model.json`);
    const input = tf.tensor2d([[0.5, -1]]);
    const [expected, got] = [model, loaded].map((either) => Array.from((either.predict(input) as tf.Tensor).dataSync()));
    expect(got).toEqual(expected);
  });

  it('are served with length, type and a tag by content', async () => {
    const path = `${run.path}/trials/0/artefacts/model/weights.bin`;
    const first = await api().get(path);
    expect(first.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': String((2 * 3 + 3) * 4) });
    const again = await api().get(path, { headers: { 'if-none-match': String(first.headers.etag) } });
    expect(again.statusCode).toBe(304);
    // As a proxy that compresses makes of it.
    const weak = await api().get(path, { headers: { 'if-none-match': `"other", W/${String(first.headers.etag)}` } });
    expect(weak.statusCode).toBe(304);
    const missing = await api().get(path.replace('weights', 'weight'), { headers: { 'if-none-match': '*' } });
    expect(missing.statusCode).toBe(404);
    expect((await api().app.inject({ method: 'HEAD', url: path })).statusCode).toBe(404);
    expect((await api().get(`${run.path}/trials/0/artefacts/checkpoint-2/data.json`)).json()).toEqual({ epoch: 2 });
  });

  it.each([
    ['modle/model.json', 404, 'not-found', 'did you mean model?'],
    ['model/nothing.bin', 404, 'not-found', ''],
    ['model/..%2f..%2fetc%2fpasswd', 400, 'invalid', 'plain file name'],
    ['model/line%0Abreak', 400, 'invalid', 'plain file name'],
    ['model/.hidden', 400, 'invalid', 'plain file name'],
    ['%2e%2e/model.json', 404, 'not-found', ''],
  ])('refuse %s', async (file, status, code, message) => {
    const response = await api().get(`${run.path}/trials/0/artefacts/${file}`);
    expect(response.statusCode, response.body).toBe(status);
    expect(response.json()).toMatchObject({ code });
    expect(response.json<{ message: string }>().message).toContain(message);
  });
});
