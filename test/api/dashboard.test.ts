/** How the page is served; what it shows is tried in `test/dashboard`. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import accepts from '@fastify/accepts';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerErrors } from '../../api/errors.ts';
import { dashboardIn, dashboardRoutes } from '../../api/routes/dashboard.ts';
import { indexRoutes } from '../../api/routes/index.ts';

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
let folder: string;
let app: FastifyInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-dashboard-'));
  const dashboard = dashboardIn(folder);
  app = Fastify();
  answerErrors(app);
  await app.register(accepts);
  await app.register(helmet);
  await app.register(indexRoutes, { version: '1', dashboard });
  await app.register(dashboardRoutes, { dashboard, folder });
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

it('says how it is built where it has not been, and links for programs all the same', async () => {
  const page = await app.inject({ url: '/', headers: html });
  expect(page.statusCode).toBe(503);
  expect(page.body).toContain('npm run build:dashboard');
  expect((await app.inject({ url: '/' })).json()).toMatchObject({ name: 'maggy' });
});

it('is there as soon as it is built, at every address that it shows, and allows no code but its own', async () => {
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<title>Maggy</title>');
  await writeFile(join(folder, 'assets/index-a1b2.js'), 'start();');
  for (const url of ['/', '/experiments/e1/trials/4', '/compare?id=a', '/submit', '/workers']) {
    const { statusCode, body, headers } = await app.inject({ url, headers: html });
    expect({ url, statusCode, body }).toEqual({ url, statusCode: 200, body: '<title>Maggy</title>' });
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-cache');
  }
  const script = await app.inject({ url: '/assets/index-a1b2.js' });
  expect(script.body).toBe('start();');
  expect(script.headers['cache-control']).toContain('immutable');
});

it.each([
  [{ url: '/assets/' }, 403],
  [{ url: '/assets/nothing.js' }, 404],
  [{ url: '/assets/index-a1b2.js', headers: { range: 'bytes=9999-' } }, 400],
  [{ url: '/assets/index-a1b2.js', headers: { 'if-match': '"other"' } }, 400],
])('refuses %o as the mistake of whoever asks', async (request, status) => {
  const { statusCode, body } = await app.inject(request);
  expect(statusCode, body).toBe(status);
});
