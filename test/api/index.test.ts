import { expect, it } from 'vitest';
import { useApi } from './support.ts';

const api = useApi();

it('the bare address answers with links, each of which leads somewhere', async () => {
  const response = await api().get('/');
  expect(response.statusCode).toBe(200);
  const { name, links } = response.json<{ name: string; links: Record<string, string> }>();
  expect(name).toBe('maggy');
  expect(links).toMatchObject({ docs: '/docs', openapi: '/openapi.json', healthz: '/healthz', experiments: '/v1/experiments' });
  for (const path of Object.values(links)) {
    const { statusCode, headers } = await api().get(path);
    const landed = statusCode === 302 ? await api().get(new URL(String(headers.location), `http://api${path}/`).pathname) : { statusCode };
    expect(landed.statusCode, path).toBe(200);
  }
});
