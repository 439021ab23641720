/**
 * What people do meanwhile: submit one experiment after the other, each twice, as whoever hears no answer does, and run trials of their own
 * over HTTP. They keep what they were told, to hold it against the books.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import { patiently } from '../../../client/connection.ts';
import { MaggyClient } from '../../../client/client.ts';
import type { AshaSchedulerOptions, MedianSchedulerOptions } from '../../../core/catalogue.ts';
import { MaggyError } from '../../../core/errors.ts';
import type { Submission } from '../../../core/experiment.ts';
import { randomStream } from '../../../core/random.ts';
import { ParamsSchema } from '../../../core/space.ts';
import { DecisionSchema } from '../../../core/states.ts';
import { compileSchema } from '../../../core/validate.ts';

const median: MedianSchedulerOptions = { type: 'median', minTrials: 2 };
const asha: AshaSchedulerOptions = { type: 'asha', mode: 'promote', maxResource: 9 };
const course = { trainingFunction: 'course', kind: 'tune' } as const;
const quiet = { ...course, hparams: { mischief: 'none', stepMs: 120 } } as const;

/** What is submitted in turn, in lanes: one of each lane at a time. */
export const lanes: readonly (readonly Submission[])[] = [
  [
    { ...quiet, name: 'median', sampler: { type: 'random' }, scheduler: median, maxTrials: 9 },
    { ...quiet, name: 'gp', sampler: { type: 'gp' }, scheduler: { type: 'none' }, maxTrials: 9 },
  ],
  [
    { ...quiet, name: 'asha', sampler: { type: 'random' }, scheduler: asha, maxTrials: 12 },
    { kind: 'ablate', name: 'ablation', trainingFunction: 'weighing', replicates: 2 },
  ],
  [
    {
      ...course,
      name: 'mischief',
      hparams: { stepMs: 50 },
      sampler: { type: 'random' },
      scheduler: { type: 'none' },
      maxTrials: 6,
      maxAttempts: 2,
      maxSilenceSeconds: 3,
    },
  ],
  [
    {
      kind: 'tune',
      name: 'lockstep',
      trainingFunction: 'descent',
      sampler: { type: 'random' },
      scheduler: { type: 'none' },
      maxTrials: 2,
      lockstep: { worldSize: 2 },
    },
  ],
  [
    {
      kind: 'tune',
      name: 'asked',
      trainingFunction: 'elsewhere',
      execution: 'ask',
      space: { x: { type: 'float', min: -1, max: 1 } },
      direction: 'minimize',
      sampler: { type: 'random' },
      scheduler: median,
      maxTrials: 9,
    },
  ],
];

const AskedTrial = Type.Object({ number: Type.Integer(), attempt: Type.Integer(), params: ParamsSchema, token: Type.String() });
type AskedTrial = Static<typeof AskedTrial>;
const readAsked = compileSchema(Type.Object({ trial: Type.Union([AskedTrial, Type.Null()]), done: Type.Boolean() }));
const readDecided = compileSchema(Type.Object({ decision: DecisionSchema }));

/** A report that the API said it had taken. */
export interface Acknowledged {
  readonly id: string;
  readonly trial: number;
  readonly attempt: number;
  readonly step: number;
  readonly value: number;
}

const ASK_WAIT_SECONDS = 5;
const LEASE_SECONDS = 6;
const RETRY_MS = 300;
const REQUEST_TIMEOUT_MS = 45_000;
const STEPS = 6;

export class People {
  readonly acknowledged: Acknowledged[] = [];
  /** What should never have been answered. */
  readonly complaints: string[] = [];
  readonly #url: string;
  readonly #seed: number;
  #submissions = 0;

  constructor(url: string, seed: number) {
    this.#url = url;
    this.#seed = seed;
  }

  async submit(given: Submission): Promise<string> {
    const key = `chaos-${(this.#submissions += 1)}`;
    const submission = { ...given, seed: randomStream(this.#seed, key).integer(0, 2 ** 32 - 1) };
    const id = await this.#submitted(submission, key);
    const again = await this.#submitted(submission, key);
    if (again !== id) this.complaints.push(`the submission ${key} became two experiments: ${id}, ${again}`);
    return id;
  }

  /** Runs trials of an experiment until none will ever come. */
  async work(id: string): Promise<void> {
    for (;;) {
      const answer = await this.#post(`${id}/ask`, { waitSeconds: ASK_WAIT_SECONDS, leaseSeconds: LEASE_SECONDS });
      if (answer === null) return;
      const { trial, done } = readAsked(answer);
      if (done) return;
      if (trial !== null) await this.#run(id, trial);
    }
  }

  /** Sent again until it is taken: an API may be away for longer than a client is patient. */
  async #submitted(submission: Submission, key: string): Promise<string> {
    const client = new MaggyClient(this.#url);
    for (;;) {
      try {
        return await patiently(() => client.submit(submission, key));
      } catch (error) {
        if (!(error instanceof MaggyError)) throw error;
        if (error.code !== 'unavailable') this.complaints.push(`the submission ${key} was answered with ${error.code}: ${error.message}`);
        await sleep(RETRY_MS);
      }
    }
  }

  async #run(id: string, { number: trial, attempt, params, token }: AskedTrial): Promise<void> {
    for (let step = 1; step <= STEPS; step += 1) {
      await sleep(50);
      const value = Number(params.x) ** 2 + 1 / step;
      const answer = await this.#post(`${id}/trials/${trial}/reports`, { token, step, value });
      if (answer === null) return;
      this.acknowledged.push({ id, trial, attempt, step, value });
      const { decision } = readDecided(answer);
      if (decision === 'stop') await this.#post(`${id}/trials/${trial}/tell`, { token, state: 'stopped' });
      if (decision !== 'continue') return;
    }
    await this.#post(`${id}/trials/${trial}/tell`, { token, state: 'completed', value: Number(params.x) ** 2 });
  }

  /** What the API answers, asked again for as long as it cannot say; null where it refuses. */
  async #post(path: string, body: object): Promise<unknown> {
    for (;;) {
      const response = await fetch(`${this.#url}/v1/experiments/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }).catch(() => null);
      const text = await response?.text().catch(() => null);
      if (response?.status === 200 && text != null) return JSON.parse(text);
      if (response?.status === 409 || response?.status === 410) return null;
      if (response != null && response.status !== 503 && text != null)
        this.complaints.push(`POST ${path} ${JSON.stringify(body)} was answered with ${response.status}: ${text}`);
      await sleep(RETRY_MS);
    }
  }
}
