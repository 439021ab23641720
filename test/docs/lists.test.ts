/** What the documents list is what there is. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../core/catalogue.ts';

const samplers = builtInCatalogue.samplers.map(({ type }) => type);
const schedulers = builtInCatalogue.schedulers.map(({ type }) => type);

describe('the samplers and schedulers that', () => {
  it.each([
    ['README.md', /^Samplers: .*schedulers: .*$/m, [...samplers, ...schedulers]],
    ['CHANGELOG.md', /^- Samplers: .*$/m, [...samplers, ...schedulers]],
    ['docs/glossary.md', /^\| \*\*sampler\*\* .*$/m, samplers],
    ['docs/guide.md', /^\| `sampler` .*$/m, samplers],
    ['docs/guide.md', /^## Samplers$[^#]*/m, samplers],
    ['docs/guide.md', /^\| `scheduler` .*$/m, schedulers],
  ])('%s lists in %s are all there are', async (file, place, names) => {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    const listed = place.exec(text)?.[0] ?? '';
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(listed))).toEqual([]);
  });
});
