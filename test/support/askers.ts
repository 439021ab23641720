/** Programs that ask for trials over HTTP, with nothing but `fetch`, and the servers that they talk to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { buildApp } from '../../api/app.ts';
import { builtInCatalogue } from '../../core/catalogue.ts';
import { ParamsSchema } from '../../core/space.ts';
import { DecisionSchema } from '../../core/states.ts';
import { compileSchema } from '../../core/validate.ts';
import type { Deployment } from './deployment.ts';

const AskedTrial = Type.Object({
  number: Type.Integer(),
  attempt: Type.Integer(),
  params: ParamsSchema,
  seed: Type.Integer(),
  resource: Type.Optional(Type.Integer()),
  resumeFrom: Type.Optional(Type.Object({ step: Type.Integer() })),
  token: Type.String(),
  leaseSeconds: Type.Integer(),
});
export type AskedTrial = Static<typeof AskedTrial>;
const readAsked = compileSchema(Type.Object({ trial: Type.Union([AskedTrial, Type.Null()]), done: Type.Boolean() }));
const readSubmitted = compileSchema(Type.Object({ id: Type.String() }));
const readDecided = compileSchema(Type.Object({ decision: DecisionSchema }));

const files = {
  listFiles: () => Promise.resolve([]),
  openFile: () => Promise.reject(new Error('no files here')),
};

/** A server of a deployment, listening. */
export async function startApi(
  { url, keys }: Deployment,
  requireKeys = false,
): Promise<{ readonly app: FastifyInstance; readonly address: string }> {
  const app = await buildApp({
    redisUrl: url,
    prefix: keys.prefix,
    files,
    catalogue: builtInCatalogue,
    strictAnswers: true,
    requireKeys,
  });
  return { app, address: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Talks to its servers in turn, one request to each. */
export class Asker {
  readonly #servers: readonly string[];
  #requests = 0;

  constructor(...servers: string[]) {
    this.#servers = servers;
  }

  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const server = this.#servers[this.#requests++ % this.#servers.length] ?? '';
    const response = await fetch(`${server}/v1/experiments${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  async submit(submission: object): Promise<string> {
    const { status, body } = await this.post('', { kind: 'tune', trainingFunction: 'elsewhere', execution: 'ask', ...submission });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return readSubmitted(body).id;
  }

  async ask(id: string, ask: object = {}): Promise<{ readonly trial: AskedTrial | null; readonly done: boolean }> {
    const { status, body } = await this.post(`/${id}/ask`, { waitSeconds: 20, ...ask });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return readAsked(body);
  }

  /** A trial that is there, or comes. */
  async trial(id: string, ask: object = {}): Promise<AskedTrial> {
    const { trial, done } = await this.ask(id, ask);
    if (trial === null) throw new Error(done ? 'the experiment is done' : 'no trial came');
    return trial;
  }

  /** What is said of a trial: `reports`, `heartbeat` or `tell`. */
  say(what: 'reports' | 'heartbeat' | 'tell', id: string, { number, token }: AskedTrial, body: object = {}): Promise<HttpAnswer> {
    return this.post(`/${id}/trials/${number}/${what}`, { token, ...body });
  }

  /** Runs trials until none will ever come; `lossOf` is measured after each step up to `steps`, or to where the segment ends. */
  async work(id: string, steps: number, lossOf: (params: AskedTrial['params'], step: number) => number, ask: object = {}): Promise<void> {
    for (;;) {
      const { trial, done } = await this.ask(id, ask);
      if (done) return;
      if (trial !== null) await this.#run(id, trial, steps, lossOf);
    }
  }

  async #run(id: string, trial: AskedTrial, steps: number, lossOf: (params: AskedTrial['params'], step: number) => number): Promise<void> {
    for (let step = (trial.resumeFrom?.step ?? 0) + 1; step <= steps; step++) {
      await sleep(trial.number % 3);
      const answer = await this.say('reports', id, trial, { step, value: lossOf(trial.params, step) });
      if (answer.status === 409) return;
      const { decision } = readDecided(answer.body);
      if (decision === 'pause') return;
      if (decision === 'stop') {
        await this.say('tell', id, trial, { state: 'stopped' });
        return;
      }
    }
    await this.say('tell', id, trial, { state: 'completed', value: lossOf(trial.params, steps) });
  }
}
