/** `npm run bench -- <name> [--json]`: each benchmark prints ratios to a peer or to a limit measured in the same run. */
import { Command, InvalidArgumentError } from 'commander';
import { builtInAlgorithms } from '../optimizer/algorithms.ts';
import type { LatencyOptions } from './latency.ts';
import type { QualityOptions } from './quality.ts';
import { objectives } from './objectives.ts';
import { methodNames, workloadNames, type SimulateOptions } from './simulate.ts';
import type { ScaleOptions } from './scale.ts';
import { printReport, type Row } from './report.ts';

const samplers = builtInAlgorithms.samplers.map(({ type }) => type).filter((type) => type !== 'grid');
const objectiveNames = objectives.map(({ name }) => name);

const program = new Command('bench');

function bench(name: string, description: string): Command {
  return program.command(name).description(description).option('--json', 'print one JSON object as the last line');
}

/** Runs a measurement and prints its rows. */
function report<Options>(measure: (options: Options) => Promise<readonly Row[]>) {
  return async (options: Options & { json?: boolean }, command: Command): Promise<void> =>
    printReport(command.name(), await measure(options), options.json === true);
}

/** A list of names, each one of those `allowed`. */
function namesOf(allowed: readonly string[]) {
  return (given: string): string[] => {
    const unknown = given.split(',').find((name) => !allowed.includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`there is no ${unknown}: ${allowed.join(', ')}`);
    return given.split(',');
  };
}

function counts(given: string): number[] {
  return given.split(',').map(count);
}

function count(given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be an integer from 1');
  return value;
}

function deviation(given: string): number {
  const value = Number(given);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number from 0');
  return value;
}

bench('throughput', 'trials a second through the whole system').action(report(async () => (await import('./throughput.ts')).throughput()));

bench('scale', 'what a long experiment, and many at once, cost each service and Redis')
  .option('--trials <counts>', 'of one experiment, separated by commas; 1000,10000,100000 unless --experiments is given', counts)
  .option('--experiments <counts>', 'at once, separated by commas; 100,1000 unless --trials is given', counts)
  .action(report<ScaleOptions>(async (options) => (await import('./scale.ts')).scale(options)));

bench('overhead', 'what a training pays for running inside a worker').action(
  report(async () => (await import('./overhead.ts')).overhead()),
);

bench('plots', 'what each plot costs at 100,000 trials').action(report(async () => (await import('./plots.ts')).plots()));

bench('dashboard', 'the web page in front of 100,000 trials').action(report(async () => (await import('./dashboard.ts')).dashboard()));

bench('ablation', 'what an ablation study adds to its trainings').action(report(async () => (await import('./ablation.ts')).ablation()));

bench('allreduce', 'sums between the ranks of a lockstep group beside those of gloo').action(
  report(async () => (await import('./allreduce.ts')).allReduce()),
);

bench('scaling', 'what a second rank gains a training, and what a group of one costs it').action(
  report(async () => (await import('./scaling.ts')).scaling()),
);

bench('quality', 'regret of the samplers beside that of Optuna')
  .option('--sampler <names>', 'separated by commas', namesOf(samplers), samplers)
  .option('--objective <names>', 'separated by commas', namesOf(objectiveNames), objectiveNames)
  .option('--workers <counts>', 'virtual workers', counts, [1, 8])
  .option('--seeds <count>', 'searches of which the median is taken', count, 20)
  .option('--trials <count>', 'trials of each search', count, 100)
  .option('--noise <deviation>', 'standard deviation of what is added to each loss', deviation, 0)
  .option('--processes <count>', 'measurements at a time', count, 2)
  .action(report<QualityOptions>(async (options) => (await import('./quality.ts')).quality(options)));

bench('latency', 'what a suggestion costs as the history grows')
  .option('--sampler <names>', 'separated by commas', namesOf(samplers), samplers)
  .action(report<LatencyOptions>(async (options) => (await import('./latency.ts')).latency(options)));

bench('simulate', 'time to a target in virtual time, asynchronous searches beside batches')
  .option('--workload <names>', 'separated by commas', namesOf(workloadNames), workloadNames)
  .option('--workers <counts>', 'virtual workers', counts, [8, 25, 500])
  .option('--seeds <count>', 'searches of which the median is taken', count, 10)
  .option('--method <names>', 'separated by commas; batches are always there', namesOf(methodNames), methodNames)
  .action(report<SimulateOptions>(async (options) => (await import('./simulate.ts')).simulations(options)));

await program.parseAsync();
