import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from '../../optimizer/simulation/event-queue.ts';

it('hands out events by time, of one time in the order in which they were pushed, whenever they were pushed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat({ max: 20 }), fc.constant('pop' as const)), { maxLength: 200 }), (moves) => {
      const queue = new EventQueue<number>();
      const expected: { at: number; event: number }[] = [];
      const take = (): void => {
        const next = expected.reduce<{ at: number; event: number } | undefined>(
          (first, other) => (first && first.at <= other.at ? first : other),
          undefined,
        );
        if (next !== undefined) expected.splice(expected.indexOf(next), 1);
        const popped = queue.pop();
        expect(popped && { at: popped.at, event: popped.event }).toEqual(next);
      };
      for (const [event, move] of moves.entries()) {
        if (move === 'pop') take();
        else {
          queue.push(move, event);
          expected.push({ at: move, event });
        }
      }
      while (expected.length > 0) take();
      expect(queue.pop()).toBeUndefined();
    }),
  );
});
