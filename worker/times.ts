/** Times that a worker goes by; tests run with shorter ones. */
import type { TicketConsumerOptions } from '../queue/tickets.ts';
import type { RankSettings } from './lockstep/rank-handler.ts';

export interface WorkerTimes extends RankSettings {
  readonly loadTimeoutMs: number;
  /** How soon a ticket that a dead worker held comes back; as the queue has it where absent. */
  readonly ticketLock?: Pick<TicketConsumerOptions, 'lockDurationMs' | 'stalledIntervalMs'>;
  /** Between two looks at the functions folder. */
  readonly lookMs: number;
  /** A lockstep group that has waited for so long keeps free slots from those that came after it. */
  readonly patienceMs: number;
  /** A trial asked to stop gets `stopGraceMs` until SIGTERM, and so long from there until SIGKILL. */
  readonly killGraceMs: number;
  /** What is handed back at the end of a drain must be so within this. */
  readonly handBackMs: number;
}

export const workerTimes: WorkerTimes = {
  leaseMs: 10_000,
  leaseGraceMs: 2_000,
  decisionWaitMs: 30_000,
  outputIntervalMs: 200,
  joinMs: 30_000,
  patienceMs: 60_000,
  loadTimeoutMs: 120_000,
  lookMs: 1_000,
  stopGraceMs: 5_000,
  killGraceMs: 2_000,
  handBackMs: 3_000,
};
