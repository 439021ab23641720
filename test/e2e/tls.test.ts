/** Every process speaks TLS with a Redis whose certificate a CA of the operator's own has signed: here, the certificate itself. */
import { execFile, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MaggyClient } from '../../client/client.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';
import { Workplace } from './workplace.ts';

let folder: string;
let certificate: string;
let redis: MortalRedis;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-tls-'));
  certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  await promisify(execFile)('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate]);
  const tls = { 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': certificate, 'tls-auth-clients': 'no' };
  redis = await MortalRedis.start({ tlsPort: true, settings: tls });
  url = `rediss://127.0.0.1:${redis.tlsPort}`;
});
afterAll(async () => {
  await redis.remove();
  await rm(folder, { recursive: true });
});

/** The address that an API says it listens at. */
async function listening(api: ChildProcessWithoutNullStreams): Promise<string> {
  let said = '';
  api.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return until('the API listens', () => /listening at (http:\/\/[^"]+)/.exec(said)?.[1]);
}

describe('over rediss://', () => {
  it('a trial runs where NODE_EXTRA_CA_CERTS names the CA', async () => {
    const place = await Workplace.create({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: certificate });
    try {
      const api = place.start('api', '--port', '0');
      place.start('optimizer').stdout.resume();
      place.start('worker', '--functions', 'functions', '--backend', 'cpu').stdout.resume();
      const address = await listening(api);
      await until('the worker is there', async () => (await (await fetch(`${address}/v1/workers`)).text()).includes('"climb"'));
      const client = new MaggyClient(address);
      const id = await client.submit({ kind: 'tune', trainingFunction: 'climb', hparams: { steps: 2, stepMs: 1 }, maxTrials: 1, seed: 1 });
      expect((await client.wait(id)).counts.completed).toBe(1);
    } finally {
      await place.remove();
    }
  });

  it('a certificate that nobody vouches for is refused', async () => {
    const place = await Workplace.create({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: '' });
    try {
      const { code, stderr } = await place.maggy('keys', 'list');
      expect(code).toBe(4);
      expect(stderr).toContain(`no Redis answers at ${url}`);
    } finally {
      await place.remove();
    }
  });
});
