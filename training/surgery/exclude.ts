/**
 * Data without some features: the dataset function leaves them out itself where it takes `exclude`, else the columns are cut out of what it
 * returns (features.ts). A function that takes `exclude` and returns the same data all the same is refused: a study must not measure
 * the baseline once more under another name.
 */
import { isDeepStrictEqual } from 'node:util';
import { tensorsIn } from '../dataset-cache.ts';
import { cutFeatures, featuresOf } from './features.ts';
import { cannotLeaveOut } from './refusal.ts';

/**
 * @param load the dataset function, given its options
 * @param options those of the dataset function; what they exclude already stays excluded
 * @param whole the data without these exclusions; asked for where only a comparison can tell whether they were heeded
 * @throws {MaggyError} `invalid` where the features cannot be left out
 */
export async function loadWithout<Options extends object, Data>(
  load: (options: Options) => Promise<Data> | Data,
  options: Options,
  exclude: readonly string[],
  whole: () => Promise<Data>,
): Promise<Data> {
  const reads = { count: 0 };
  const before: readonly unknown[] = 'exclude' in options && Array.isArray(options.exclude) ? options.exclude : [];
  const asked = {
    ...options,
    // Reading it is how a function takes it, whatever way its parameters are written.
    get exclude() {
      reads.count += 1;
      return [...before, ...exclude];
    },
  };
  const data = await load(asked);
  const features = featuresOf(data);
  if (reads.count === 0) {
    if (features === undefined) throw ignored(exclude, 'the dataset function takes no exclude, and its data name no features');
    return cutFeatures(data, exclude);
  }
  const left = features === undefined ? undefined : exclude.find((name) => Object.values(features).flat().includes(name));
  if (left !== undefined) throw ignored([left], 'the dataset function takes exclude and returned the feature all the same');
  if (features === undefined && (await isSame(data, await whole()))) {
    throw ignored(exclude, 'the dataset function takes exclude and returned the same data as without');
  }
  return data;
}

function ignored(exclude: readonly string[], reason: string) {
  return cannotLeaveOut(`feature ${exclude.join(', ')}`, reason, exclude);
}

/** Tensors decide where there are any: they are what a model is trained on. */
async function isSame(one: unknown, other: unknown): Promise<boolean> {
  const [tensors, others] = [tensorsIn(one), tensorsIn(other)];
  if (tensors.length === 0 && others.length === 0) return isDeepStrictEqual(one, other);
  if (tensors.length !== others.length) return false;
  for (const [at, tensor] of tensors.entries()) {
    const match = others[at];
    if (match === undefined || !isDeepStrictEqual(tensor.shape, match.shape)) return false;
    if (!isDeepStrictEqual(await tensor.data(), await match.data())) return false;
  }
  return true;
}
