import { describe, expect, it } from 'vitest';
import { useApi } from './support.ts';

const api = useApi();

describe('a failure of the server', () => {
  it('is answered with the id of the request, and nothing of what happened', async () => {
    const run = await api().experiment();
    // Redis refuses a list command on a text.
    await api().redis.set(api().keys.of(run.id).index('all', 'number'), 'text');
    const response = await api().get(`${run.path}/trials`);
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ code: 'internal', message: expect.stringMatching(/has it as request [0-9a-f-]{36}$/) as string });
    expect(response.body).not.toContain('WRONGTYPE');
  });

  it('over a record that cannot be read names its key', async () => {
    const run = await api().experiment();
    const { result } = api().keys.of(run.id);
    await api().redis.set(result, '{"id":5}');
    const response = await api().get(`${run.path}/result`);
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ code: 'corrupt', message: expect.stringContaining(result) as string });
  });
});
