import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../queue/connection.ts';
import { Hints } from '../../queue/hints.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
const channel = `${prefix}news`;
let publisher: ReturnType<typeof connect>;
let hints: Hints;

beforeEach(async () => {
  publisher = connect(url);
  await publisher.ping();
  hints = new Hints(url);
});
afterEach(() => {
  hints.close();
  publisher.disconnect();
});

/** How many connections Redis gave the message to. */
const publish = (message: string): Promise<number> => publisher.publish(channel, message);

describe('hints', () => {
  it('reach everybody who listens, each subscription standing when its call resolves', async () => {
    const heard: string[] = [];
    const first = hints.listen(channel, (message) => heard.push(`first ${message}`));
    await hints.listen(channel, (message) => heard.push(`second ${message}`));
    // The second was asked for while the first was under way: Redis must know of it by now.
    expect(await publish('1')).toBe(1);
    await first;
    await until('both have heard', () => heard.length === 2);
    expect(heard).toEqual(['first 1', 'second 1']);
  });

  it('end with the last listener of their channel', async () => {
    const [stopFirst, stopSecond] = await Promise.all([1, 2].map(() => hints.listen(channel, () => undefined)));
    await stopFirst?.();
    await stopFirst?.();
    expect(await publish('1')).toBe(1);
    await stopSecond?.();
    expect(await publish('2')).toBe(0);
  });

  it('come again to those who listen anew while the channel is being left', async () => {
    const heard: string[] = [];
    const stop = await hints.listen(channel, () => undefined);
    await Promise.all([stop(), hints.listen(channel, (message) => heard.push(message))]);
    expect(await publish('1')).toBe(1);
    await until('it is heard', () => heard.length === 1);
  });
});
