/** Tries every point of something, 1, 2, 3 …, several at a time, until one lies behind its end. */

/** @returns whether the point was reached: false ends the search */
type Try = (point: number) => Promise<boolean>;

/**
 * @param prepare what each lane uses for all its points
 * @returns how many points there were
 */
export async function atEveryPoint(lanes: number, prepare: () => Promise<Try>): Promise<number> {
  let next = 1;
  let end = Infinity;
  const lane = async (): Promise<void> => {
    const attempt = await prepare();
    while (next < end) {
      const point = next++;
      const isReached = await attempt(point).catch((error: unknown) => {
        end = 0;
        throw new Error(`at point ${point}`, { cause: error });
      });
      if (!isReached) end = Math.min(end, point);
    }
  };
  const lost = (await Promise.allSettled(Array.from({ length: lanes }, lane))).find(({ status }) => status === 'rejected');
  if (lost?.status === 'rejected') throw lost.reason;
  return end - 1;
}
