import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadModel } from '../../../queue/read-model.ts';
import { QueueRig, readyEntry } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();

describe('numbers', () => {
  it('survive bit for bit through ready list, start, log, curve and best value', async () => {
    const awkward = [1e-320, 5e-324, 1 / 3, 0.1 + 0.2, 2 ** 53, 2 ** 53 + 2, -1e308, 1.7976931348623157e308, 1e21, 123456789.12345679];
    const number = fc.oneof(fc.constantFrom(...awkward), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => value + 0);
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 4, maxLength: 4 }), async ([a = 0, b = 0, c = 0, d = 0]) => {
        const one = new QueueRig(url, prefix);
        await one.submit();
        const tenure = await one.takeOver();
        const entry = readyEntry(0, { params: { x: a, y: b } });
        const [first = '', second = ''] = await one.offer(tenure, [entry, readyEntry(1)]);
        const { token, entry: started } = await one.bind(first);
        expect(started).toEqual(entry);
        await one.attempts.report(token, 1, [{ step: 1, value: c, metrics: { value: c, other: d } }], true);
        await one.attempts.finish(token, { state: 'completed', value: d, metrics: { value: d, other: a } });
        const [, bound, reported, completed] = await one.events();
        expect(bound).toMatchObject({ params: { x: a, y: b } });
        expect(reported).toMatchObject({ value: c });
        expect(completed).toMatchObject({ value: d, metrics: { value: d, other: a } });
        expect(await new ReadModel(one.redis, one.keys).curve(one.id, 0)).toMatchObject([{ value: c, metrics: { value: c, other: d } }]);
        expect((await one.bind(second)).best).toBe(d);
        one.close();
      }),
      { numRuns: 40 },
    );
  });
});
