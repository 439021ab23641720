/**
 * Trials that are asked for: what an asker's request does to its attempt, through the same scripts and fences as a worker's
 * words. Keeps nothing between requests, so that an asker may talk to any server.
 *
 * Every request renews the lease. Whatever is refused because the attempt is over by its own outcome is answered as it was
 * then, since a client that lost an answer asks again; what is refused because the attempt is another's is `lease-lost`.
 */
import { askedHash, isAsked } from '../core/asked.ts';
import { MaggyError } from '../core/errors.ts';
import type { Specification } from '../core/experiment.ts';
import type { Decision } from '../core/states.ts';
import type { AttemptEnd, Binding, Outcome, Refused, Report } from '../core/attempt.ts';
import type { StartAnswer } from '../queue/attempts.ts';
import type { AskerToken } from './attempt-token.ts';
import { existing } from './results.ts';
import type { Services } from './services.ts';
import { newsOn } from './waiting.ts';

/** A decision that has not come by then means continue; longer than a takeover takes. */
const decisionWaitMs = 30_000;

export interface Ask {
  /** One for each ask; the same again is answered with the same trial while it runs. */
  readonly nonce: string;
  readonly worker: string;
  readonly leaseSeconds: number;
  readonly waitSeconds: number;
}

export interface Asked {
  readonly binding: Binding | null;
  /** Nothing will ever come. */
  readonly done: boolean;
}

/** @throws {MaggyError} not-found, gone, or conflict for an experiment that workers run */
export async function askTrial(services: Services, id: string, ask: Ask, gone: AbortSignal): Promise<Asked> {
  await existing(services, id);
  const { specification } = await services.heads.get(id);
  if (!isAsked(specification)) throw runByWorkers(specification);
  const asked = await askRepeatedly(services, id, ask, gone);
  // Nobody is left to run it: let the next one have it at once.
  if (gone.aborted && asked.binding !== null) await services.attempts.release(asked.binding.token);
  return asked;
}

async function askRepeatedly(services: Services, id: string, ask: Ask, gone: AbortSignal): Promise<Asked> {
  let asked = await askOnce(services, id, ask);
  if (isAnswer(asked) || ask.waitSeconds === 0) return asked;
  const signal = AbortSignal.any([AbortSignal.timeout(ask.waitSeconds * 1000), services.closing, gone]);
  for await (const _ of newsOn(services.hints, services.keys.of(id).offers, signal)) {
    asked = await askOnce(services, id, ask);
    if (isAnswer(asked)) break;
  }
  return asked;
}

function isAnswer({ binding, done }: Asked): boolean {
  return binding !== null || done;
}

async function askOnce(services: Services, id: string, { nonce, worker, leaseSeconds }: Ask): Promise<Asked> {
  const answer: StartAnswer = await services.attempts.start({
    experiment: id,
    ticket: null,
    nonce,
    worker,
    slot: 0,
    hash: askedHash,
    leaseMs: leaseSeconds * 1000,
    provenance: { asker: worker },
  });
  if (answer.kind === 'bound') return { binding: answer.binding, done: false };
  const { phase } = await existing(services, id);
  return { binding: null, done: phase === 'stopping' || phase === 'ended' };
}

function runByWorkers({ id, pool }: Specification): MaggyError {
  const rule = 'needs an experiment with execution "ask"';
  return new MaggyError('conflict', `experiment ${id} is run by the workers of pool ${pool}: asking for its trials ${rule}`, {
    field: 'id',
    value: id,
    rule,
  });
}

/** Takes a report; where it `decides`, it waits for the decision. A pause ends the attempt here. */
export async function takeReport(
  services: Services,
  token: AskerToken,
  report: Report,
  decides: boolean,
  gone: AbortSignal,
): Promise<Decision> {
  const { attempts } = services;
  const answer = await attempts.report(token, 'next', [report], decides);
  if (answer.kind === 'refused') return decisionAfterEnd(services, token, answer);
  if (answer.kind === 'gap') throw new MaggyError('internal', 'a report without a number came too early', { value: answer.resendFrom });
  const decision = answer.decision === 'wait' ? await awaitDecision(services, token, report.step, gone) : answer.decision;
  if (decision === 'pause') return decisionOf(await tellOutcome(services, token, { state: 'paused' }));
  // A wait has renewed it already.
  if (answer.decision !== 'wait') await attempts.renew(token, token.leaseSeconds * 1000);
  return decision;
}

async function awaitDecision(services: Services, token: AskerToken, step: number, gone: AbortSignal): Promise<Decision> {
  const { attempts, hints, keys, closing } = services;
  const signal = AbortSignal.any([AbortSignal.timeout(decisionWaitMs), closing, gone]);
  for await (const _ of newsOn(hints, keys.replies(token.nonce), signal)) {
    const answer = await attempts.renew(token, token.leaseSeconds * 1000, step);
    if (answer.kind === 'refused') return decisionAfterEnd(services, token, answer);
    if (answer.stop) return 'stop';
    if (answer.decision !== null) return answer.decision;
  }
  if (closing.aborted || gone.aborted) throw new MaggyError('unavailable', 'this server is closing: send the report again');
  const answer = await attempts.timeOutDecision(token, step);
  return answer.kind === 'refused' ? decisionAfterEnd(services, token, answer) : answer.decision;
}

/** Renews the lease; answers whether the attempt is to stop. */
export async function beat(services: Services, token: AskerToken): Promise<boolean> {
  const answer = await services.attempts.renew(token, token.leaseSeconds * 1000);
  if (answer.kind === 'renewed') return answer.stop;
  await endAfter(services, token, answer);
  return true;
}

/** Ends the attempt; answers how it ended, which is as it was told first. */
export async function tellOutcome(services: Services, token: AskerToken, outcome: Outcome): Promise<AttemptEnd> {
  const answer = await services.attempts.finish(token, outcome);
  if (answer.kind === 'refused') return endAfter(services, token, answer);
  // Another attempt may have followed already.
  return (await services.attempts.endOf(token)) ?? outcome.state;
}

async function decisionAfterEnd(services: Services, token: AskerToken, refused: Refused): Promise<Decision> {
  return decisionOf(await endAfter(services, token, refused));
}

function decisionOf(end: AttemptEnd): Decision {
  return end === 'paused' ? 'pause' : 'stop';
}

/** How the attempt ended, if it has told so itself. @throws {MaggyError} lease-lost, not-found or gone */
async function endAfter(services: Services, token: AskerToken, { why }: Refused): Promise<AttemptEnd> {
  const end = await services.attempts.endOf(token);
  if (end !== null) return end;
  await services.experiments.guard(token.experiment);
  const { trial, leaseSeconds } = token;
  const because = why === 'lost' ? `its lease of ${leaseSeconds} s lapsed` : 'another attempt has followed it';
  throw new MaggyError(
    'lease-lost',
    `this attempt at trial ${trial} counts no longer: ${because}. Sending it again does not help; ask for another trial`,
    { field: 'token', rule: 'the token of an attempt that holds its lease' },
  );
}
