/**
 * Every metric that Maggy's processes show to Prometheus: its name, its labels, and what it counts. Each process has a registry of its own,
 * and each kind of process its own metrics: what all of them would count alike is counted by one. Names are as Prometheus asks for them:
 * seconds and bytes, `_total` for what only grows.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const quick = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Some requests wait for news. */
const patient = [...quick, 60, 120];

export type ApiMetrics = ReturnType<typeof apiMetrics>;

/** Of the whole deployment, as Redis has it; and of this server's requests. */
export function apiMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'maggy_http_request_duration_seconds',
      help: 'Requests answered, by route and status; streams count when they end',
      labelNames: ['method', 'route', 'status'],
      buckets: patient,
      registers,
    }),
    queueDepth: new Gauge({
      name: 'maggy_queue_depth',
      help: 'Tickets that wait for a slot, by pool and kind: trials, or lockstep groups',
      labelNames: ['pool', 'kind'],
      registers,
    }),
    slots: new Gauge({
      name: 'maggy_slots',
      help: 'Slots of live workers by state, busy or idle; those of draining workers are not idle',
      labelNames: ['pool', 'kind', 'state'],
      registers,
    }),
    workers: new Gauge({ name: 'maggy_workers', help: 'Live workers', labelNames: ['pool', 'kind'], registers }),
    experiments: new Gauge({
      name: 'maggy_experiments',
      help: 'Experiments by state, as lists show them',
      labelNames: ['state'],
      registers,
    }),
  };
}

export type OptimizerMetrics = ReturnType<typeof optimizerMetrics>;

/** Of the experiments that one optimizer looks after, from the moment at which it took each over. */
export function optimizerMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    experiments: new Gauge({ name: 'maggy_optimizer_experiments', help: 'Experiments looked after now', registers }),
    takeovers: new Counter({
      name: 'maggy_optimizer_takeovers_total',
      help: 'Experiments taken over: the first time, from another optimizer, or anew after trouble',
      registers,
    }),
    stalls: new Counter({
      name: 'maggy_optimizer_leases_lapsed_total',
      help: 'Leases on experiments found to have lapsed, because an optimizer died or was cut off',
      registers,
    }),
    commits: new Histogram({
      name: 'maggy_optimizer_commit_duration_seconds',
      help: 'Commits, by answer: committed, news (something came first), refused (the experiment is another optimizer’s, or Redis lost writes or was away)',
      labelNames: ['answer'],
      buckets: quick,
      registers,
    }),
    decisions: new Counter({
      name: 'maggy_optimizer_decisions_total',
      help: 'Decisions at decision steps: continue, pause or stop',
      labelNames: ['decision'],
      registers,
    }),
    decisionLatency: new Histogram({
      name: 'maggy_optimizer_decision_latency_seconds',
      help: 'From the report at a decision step to its decision, by the clock of Redis',
      buckets: quick,
      registers,
    }),
    decisionsTimedOut: new Counter({
      name: 'maggy_optimizer_decisions_timed_out_total',
      help: 'Decisions that did not come in time, so that the trial went on',
      registers,
    }),
    attempts: new Counter({
      name: 'maggy_optimizer_attempts_started_total',
      help: 'Attempts started, by origin: suggested, enqueued, promotion, or retry of one that failed or was lost',
      labelNames: ['origin'],
      registers,
    }),
    attemptsLost: new Counter({
      name: 'maggy_optimizer_attempts_lost_total',
      help: 'Attempts whose lease lapsed, or that their worker gave back',
      registers,
    }),
    outcomes: new Counter({
      name: 'maggy_optimizer_outcomes_total',
      help: 'Outcomes of attempts: completed, stopped, paused or failed',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

export type WorkerMetrics = ReturnType<typeof workerMetrics>;

/** @param slots what each runs now; null where it is free */
export function workerMetrics(slots: () => readonly (object | null)[]) {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    slots: new Gauge({
      name: 'maggy_worker_slots',
      help: 'Slots of this worker by state, busy or idle',
      labelNames: ['state'],
      registers,
      collect() {
        const running = slots();
        const busy = running.filter((slot) => slot !== null).length;
        this.set({ state: 'busy' }, busy);
        this.set({ state: 'idle' }, running.length - busy);
      },
    }),
    reports: new Counter({ name: 'maggy_worker_reports_total', help: 'Reports that Redis took', registers }),
    attempts: new Counter({
      name: 'maggy_worker_attempts_total',
      help: 'Attempts that ended here: completed, stopped, paused, failed, lost (the lease), or handed-back',
      labelNames: ['end'],
      registers,
    }),
    stalls: new Counter({
      name: 'maggy_worker_stalled_tickets_total',
      help: 'Tickets of the pool that this worker found in the hands of none, because a worker died or was cut off',
      registers,
    }),
    allReduces: new Counter({ name: 'maggy_worker_all_reduces_total', help: 'All-reduces of the lockstep ranks that run here', registers }),
    allReduceSeconds: new Counter({
      name: 'maggy_worker_all_reduce_seconds_total',
      help: 'Time that these ranks spent in all-reduces, waiting for others included',
      registers,
    }),
    allReduceBytes: new Counter({ name: 'maggy_worker_all_reduce_bytes_total', help: 'Bytes that these ranks sent for them', registers }),
  };
}

/** Adds memory, CPU time, garbage collection and event loop of this process; once for each process that is asked for its metrics. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
