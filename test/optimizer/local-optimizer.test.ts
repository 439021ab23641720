import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../core/states.ts';
import { createOptimizer, verifyLog, type AskedTrial, type Optimizer, type OptimizerOptions, type Told } from '../../optimizer/index.ts';
import { digestAlgorithms, digesting } from '../support/digest-sampler.ts';

const random = { space: { x: { type: 'float', min: -1, max: 1 } }, sampler: { type: 'random' } } as const;
const scheduler = { type: 'asha', maxResource: 9, mode: 'promote' };
const stopping = { ...scheduler, mode: 'stop' };

function asked(optimizer: Optimizer): AskedTrial {
  const trial = optimizer.ask();
  if (trial === null) throw new Error('nothing to hand out');
  return trial;
}

/** Runs a trial from where it is to its segment's end, or to where it is told to end. */
function run(optimizer: Optimizer, { number, resource = 0, resumeFrom }: AskedTrial, value: number): Decision {
  let decision: Decision = 'continue';
  for (let step = (resumeFrom?.step ?? 0) + 1; step <= 9 && decision === 'continue'; step++) {
    decision = optimizer.report(number, step, value);
    if (step < resource) expect(decision).toBe('continue');
  }
  if (decision !== 'pause') optimizer.tell(number, decision === 'stop' ? { state: 'stopped' } : { state: 'completed', value });
  return decision;
}

describe('an optimizer in a script', () => {
  it('hands out trials, learns how they ended, and knows the best in the sign of its user', () => {
    for (const [direction, best] of [
      ['minimize', 1],
      ['maximize', 2],
    ] as const) {
      const optimizer = createOptimizer({ ...random, direction, maxTrials: 3 });
      expect(optimizer.best).toBeNull();
      const trials = [asked(optimizer), asked(optimizer), asked(optimizer)];
      expect(trials.map(({ number }) => number)).toEqual([0, 1, 2]);
      expect(trials.every(({ seed }) => seed > 0)).toBe(true);
      expect(optimizer.ask()).toBeNull();
      expect(optimizer.done).toBe(false);
      optimizer.tell(2, { state: 'completed', value: 7 });
      optimizer.tell(1, { state: 'completed', value: best === 1 ? 3 : 11 });
      optimizer.tell(0, { state: 'failed', message: 'no memory' });
      expect(optimizer.best).toEqual({ number: 1, params: trials[1]?.params, value: best === 1 ? 3 : 11 });
      expect(optimizer.done).toBe(true);
    }
  });

  it('asks the same of the same seed and answers, and something else of another seed', () => {
    const params = (seed: number): unknown[] => {
      const optimizer = createOptimizer({ ...random, seed });
      return [1, 2, 3].map(() => asked(optimizer));
    };
    expect(params(4)).toEqual(params(4));
    expect(params(4)).not.toEqual(params(5));
  });

  it('pauses a trial without being told, and hands it out again under its number, with the step to go on from', () => {
    const optimizer = createOptimizer({ ...random, scheduler });
    const trials = [0, 1, 2].map(() => asked(optimizer));
    expect(trials.map(({ resource, resumeFrom }) => [resource, resumeFrom])).toEqual([0, 1, 2].map(() => [1, undefined]));
    expect(trials.map((trial) => run(optimizer, trial, trial.number))).toEqual(['pause', 'pause', 'pause']);
    expect(asked(optimizer)).toEqual({ ...trials[0], resource: 3, resumeFrom: { step: 1 } });
    expect(optimizer.report(0, 2, 0)).toBe('continue');
    expect(optimizer.report(0, 3, 0)).toBe('pause');
    expect(asked(optimizer)).toMatchObject({ number: 3, resource: 1 });
  });

  it('is done when nobody runs, nobody may be promoted and nothing is left to suggest', () => {
    const optimizer = createOptimizer({ ...random, scheduler, maxTrials: 9 });
    let segments = 0;
    for (let trial = optimizer.ask(); trial !== null; trial = optimizer.ask()) {
      expect(optimizer.done).toBe(false);
      segments += 1;
      run(optimizer, trial, trial.number);
    }
    // Nine to step 1, three of them to step 3, one of those to the end.
    expect(segments).toBe(9 + 3 + 1);
    expect(optimizer.done).toBe(true);
    expect(optimizer.best).toMatchObject({ number: 0, value: 0 });
  });

  it('ends bad trials also where they report every second step, and counts them at the rungs that they passed', () => {
    const halving = { type: 'asha', maxResource: 27 };
    const optimizer = createOptimizer({ ...random, scheduler: halving, maxTrials: 6 });
    const lengths: number[] = [];
    for (let trial = optimizer.ask(); trial !== null; trial = optimizer.ask()) {
      let decision: Decision = 'continue';
      let step = 0;
      while (step < 26 && decision === 'continue') decision = optimizer.report(trial.number, (step += 2), trial.number);
      optimizer.tell(trial.number, decision === 'stop' ? { state: 'stopped' } : { state: 'completed' });
      lengths.push(step);
    }
    expect(lengths).toEqual([26, 2, 2, 2, 2, 2]);
    expect(optimizer.best).toMatchObject({ number: 0 });
    expect(verifyLog(optimizer.log)).toMatchObject({ differences: [] });
  });

  it('stops whoever reports beyond maxResource, and takes the last report for the result', () => {
    const optimizer = createOptimizer({ ...random, scheduler: stopping });
    const { number } = asked(optimizer);
    for (let step = 1; step <= 9; step++) expect(optimizer.report(number, step, 10 - step)).toBe('continue');
    expect(optimizer.report(number, 10, 0.5)).toBe('stop');
    optimizer.tell(number, { state: 'stopped' });
    expect(optimizer.best).toMatchObject({ number, value: 0.5 });
  });

  it('hands out what was enqueued first, and knows results that were added', () => {
    const optimizer = createOptimizer({ ...random, maxTrials: 2 });
    optimizer.add({ params: { x: 0.5 }, value: 3 });
    expect(optimizer.best).toEqual({ number: 0, params: { x: 0.5 }, value: 3 });
    optimizer.enqueue({ x: 0.25 });
    expect(asked(optimizer)).toMatchObject({ number: 1, params: { x: 0.25 } });
    expect(asked(optimizer).number).toBe(2);
    // What was added counts for no trial of the two.
    expect(optimizer.ask()).toBeNull();
    optimizer.tell(1, { state: 'infeasible' });
    optimizer.tell(2, { state: 'completed', value: 4 });
    expect(optimizer.done).toBe(true);
    expect(optimizer.best?.value).toBe(3);
  });

  it('fails a trial whose value is not finite, whatever it is told', () => {
    const optimizer = createOptimizer({ ...random, maxTrials: 2 });
    asked(optimizer);
    asked(optimizer);
    expect(optimizer.report(0, 1, Number.NaN)).toBe('stop');
    optimizer.tell(0, { state: 'stopped' });
    optimizer.tell(1, { state: 'completed', value: Infinity });
    const failures = optimizer.log.flatMap((event) => (event.type === 'failed' ? [event.reason] : []));
    expect(failures).toEqual(['diverged', 'diverged']);
    expect(optimizer.best).toBeNull();
  });

  it.each<[string, (optimizer: Optimizer) => unknown, RegExp]>([
    ['a report of nobody', (optimizer) => optimizer.report(7, 1, 1), /^there is no trial 7/],
    ['a report of a paused trial', (optimizer) => optimizer.report(0, 2, 1), /^trial 0 is paused/],
    ['the end of a paused trial', (optimizer) => optimizer.tell(0, { state: 'stopped' }), /^trial 0 is paused/],
    [
      'a report after the end',
      (optimizer) => {
        optimizer.tell(1, { state: 'stopped' });
        optimizer.report(1, 2, 1);
      },
      /^trial 1 is over/,
    ],
    ['a step between', (optimizer) => optimizer.report(1, 1.5, 1), /^step: must be a positive integer/],
    ['params outside the space', (optimizer) => optimizer.enqueue({ x: 2 }), /^params\.x: must be a number from -1 to 1/],
    ['a completed trial that has said nothing', (optimizer) => optimizer.tell(1, { state: 'completed' }), /^told\.value: is required/],
    ['a value that is none', (optimizer) => optimizer.add({ params: { x: 0 }, value: Number.NaN }), /^value: must be a finite number/],
  ])('refuses %s', (_, act, why) => {
    const optimizer = createOptimizer({ ...random, scheduler });
    asked(optimizer);
    asked(optimizer);
    expect(optimizer.report(0, 1, 1)).toBe('pause');
    expect(() => act(optimizer)).toThrow(why);
  });

  it('refuses a step again', () => {
    const optimizer = createOptimizer(random);
    const { number } = asked(optimizer);
    optimizer.report(number, 2, 1);
    expect(() => optimizer.report(number, 2, 1)).toThrow(/^step: must be above 2/);
  });

  it('refuses options that make no sense, with their path', () => {
    const create = (given: Partial<OptimizerOptions>) => () => createOptimizer({ ...random, ...given });
    expect(create({ scheduler: { type: 'asha' } })).toThrow(/^scheduler\.maxResource: is required/);
    expect(create({ scheduler: { type: 'ashe' } })).toThrow(/^scheduler\.type: .*did you mean "asha"/);
    expect(create({ sampler: { type: 'grid' } })).toThrow(/^sampler\.resolution: is required/);
    expect(create({ space: { x: { type: 'float', min: 1, max: 0 } } })).toThrow(/^space\.x\.max: /);
    expect(create({ maxTrials: Number.NaN })).toThrow(/^maxTrials: must be finite/);
    expect(create({ replicates: 0 })).toThrow(/^replicates: must be at least 1/);
  });

  // As programs without types would say it.
  it.each([
    ['3', /^told: must be an object whose state is/],
    ['{"state":"complete","value":1}', /^told\.state: must be .*"completed"/],
    ['{"state":"completed","value":"1"}', /^told\.value: must be a number/],
    ['{"state":"stopped","value":1}', /^told\.value: is not a known field/],
  ])('refuses to be told %s', (json, why) => {
    const optimizer = createOptimizer(random);
    const { number } = asked(optimizer);
    const told: Told = JSON.parse(json);
    expect(() => optimizer.tell(number, told)).toThrow(why);
    expect(optimizer.log.at(-1)?.type).toBe('bound');
  });

  it.each([
    ['{"direction":"minimise"}', /^direction: must be "minimize" or "maximize"/],
    ['{"maxTrial":3}', /^maxTrial: is not a known field \(did you mean "maxTrials"\?\)/],
    ['{"sampler":"gp"}', /^sampler: must be an object whose type is/],
    ['{"seed":"a"}', /^seed: must be an integer/],
  ])('refuses %s', (given, why) => {
    const options: Partial<OptimizerOptions> = JSON.parse(given);
    expect(() => createOptimizer({ ...random, ...options })).toThrow(why);
  });

  it('takes the last report for the value of a trial that completed without one', () => {
    const optimizer = createOptimizer({ ...random, maxTrials: 1 });
    const { number } = asked(optimizer);
    optimizer.report(number, 1, 5);
    optimizer.report(number, 2, 4);
    optimizer.tell(number, { state: 'completed' });
    expect(optimizer.best).toMatchObject({ number, value: 4 });
  });

  it('keeps a log that verifies, whatever its user does and in whichever order', () => {
    const acts = fc.array(fc.record({ act: fc.nat({ max: 9 }), pick: fc.nat(), value: fc.double({ min: -9, max: 9, noNaN: true }) }), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(acts, fc.constantFrom('asha', 'hyperband'), fc.boolean(), (moves, type, promotes) => {
        const rungs = { type, maxResource: 9, mode: promotes ? 'promote' : 'stop' };
        const optimizer = createOptimizer({ ...digesting, scheduler: rungs, maxTrials: 12, algorithms: digestAlgorithms });
        const running = new Map<number, number>();
        for (const { act, pick, value } of moves) {
          const [number = -1, step = 0] = [...running][pick % Math.max(1, running.size)] ?? [];
          if (act < 3 || number < 0) {
            const trial = act === 0 ? undefined : optimizer.ask();
            if (trial != null) running.set(trial.number, trial.resumeFrom?.step ?? 0);
            else if (act === 0) optimizer.add({ params: { x: Math.abs(value) / 10 }, value });
          } else if (act < 8) {
            running.set(number, step + 1);
            const decision = optimizer.report(number, step + 1, value);
            if (decision === 'stop') optimizer.tell(number, { state: 'stopped' });
            if (decision !== 'continue') running.delete(number);
          } else {
            optimizer.tell(number, act === 8 ? { state: 'completed', value } : { state: 'failed' });
            running.delete(number);
          }
        }
        expect(verifyLog(optimizer.log, digestAlgorithms)).toMatchObject({ differences: [], otherVersions: 0 });
      }),
    );
  });

  it('decides and promotes as the service would from the same log', () => {
    const optimizer = createOptimizer({ ...random, scheduler, maxTrials: 9 });
    for (let trial = optimizer.ask(); trial !== null; trial = optimizer.ask()) run(optimizer, trial, trial.number);
    const { differences, bindings, decisions } = verifyLog(optimizer.log);
    expect(differences).toEqual([]);
    expect(bindings).toBeGreaterThan(9);
    expect(decisions).toBeGreaterThan(9);
  });
});
