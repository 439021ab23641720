/**
 * One measurement of a sampler in a process of its own, so that two run side by side and memory is the sampler's alone:
 * `sampler-process.ts <JSON of a Measurement>` prints its result as JSON.
 */
import { randomStream } from '../core/random.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import { builtInAlgorithms, findAlgorithm } from '../optimizer/algorithms.ts';
import type { Measurement, LatencyResult } from './samplers.ts';
import { objectives } from './objectives.ts';
import { regretCurve, Study } from './simulation.ts';

const DIMENSIONS = 8;
/** Trials of a search before the measured one: Node.js compiles what runs often, and a process of the optimizer has run long. */
const WARM_UP_TRIALS = 300;

const measurement = JSON.parse(process.argv[2] ?? '') as Measurement;
const definition = findAlgorithm(builtInAlgorithms.samplers, measurement.sampler, 'sampler');
console.log(JSON.stringify(measurement.kind === 'regret' ? regrets(measurement) : latency(measurement)));

/** One curve a seed. */
function regrets({ objective: name, seeds, ...search }: Extract<Measurement, { kind: 'regret' }>): number[][] {
  const objective = objectives.find((candidate) => candidate.name === name);
  if (objective === undefined) throw new Error(`there is no objective ${name}`);
  return Array.from({ length: seeds }, (_, seed) => regretCurve({ ...search, definition, objective, seed }));
}

/** Single asks and tells, one after the other, over a history that grows with them. */
function latency({ history, repeats }: Extract<Measurement, { kind: 'latency' }>): LatencyResult {
  const space: SearchSpace = Object.fromEntries(
    Array.from({ length: DIMENSIONS }, (_, index) => [`x${index}`, { type: 'float', min: 0, max: 1 }]),
  );
  const warmUp = new Study(definition, space, 1);
  for (let trial = 0; trial < WARM_UP_TRIALS; trial++) askAndTell(warmUp);
  const study = new Study(definition, space, 0);
  const random = randomStream(0, 'history');
  while (study.asked < history - 1) {
    const params = Object.fromEntries(Object.keys(space).map((name) => [name, random.uniform()]));
    study.observe(study.bind(params), loss(params));
  }
  study.refit();
  // The first builds what the sampler keeps of the history.
  askAndTell(study);
  const cpuBefore = process.cpuUsage();
  const milliseconds = Array.from({ length: repeats }, () => {
    const startedAt = performance.now();
    askAndTell(study);
    return performance.now() - startedAt;
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  return { milliseconds, meanCpuMilliseconds: (user + system) / 1000 / repeats, residentMegabytes: process.memoryUsage().rss / 2 ** 20 };
}

function askAndTell(study: Study): void {
  const number = study.asked;
  study.tell(number, loss(study.ask()));
}

function loss(params: Params): number {
  return Object.values(params).reduce((sum: number, value) => sum + (Number(value) - 0.3) ** 2, 0);
}
