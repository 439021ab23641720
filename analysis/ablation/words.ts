/** What may be said of a study in plain words: a sentence for each verdict, then how it was told. The figures are in `table.ts`. */
import type { ComponentAnswer, InteractionVerdict, Study, StudyDocument, Verdict } from './answer.ts';
import { shown, signed } from './numbers.ts';

/** The study with its words, as users are given it. */
export function studyDocument(study: Study): StudyDocument {
  return { ...study, words: studyWords(study) };
}

/** A sentence for each verdict that there is, naming its components; then how it was told. */
export function studyWords(study: Study): string[] {
  const { components } = study;
  const sentences = verdicts.flatMap((verdict) => {
    const named = components.filter((component) => component.verdict === verdict);
    return named.length === 0 ? [] : [`${headings(study)[verdict]}: ${named.map((component) => remark(component)).join(', ')}.`];
  });
  return [
    ...progressWords[study.progress],
    ...pathWords(study),
    ...sentences,
    ...interactionWords(study),
    ...stoppedWords(study),
    ...methodWords(study),
  ];
}

const interactionHeadings: Readonly<Record<InteractionVerdict, string>> = {
  'costs-more': 'Leaving out both costs more than the two apart',
  'costs-less': 'Leaving out both costs less than the two apart',
  unclear: 'Not told from adding up',
};

function interactionWords({ interactions }: Study): string[] {
  if (interactions.length === 0) return [];
  const sentences = (['costs-more', 'costs-less', 'unclear'] as const).flatMap((verdict) => {
    const pairs = interactions.filter((interaction) => interaction.verdict === verdict).map(({ parts }) => parts.join(' × '));
    return pairs.length === 0 ? [] : [`${interactionHeadings[verdict]}: ${pairs.join(', ')}.`];
  });
  const count =
    interactions.length === 1
      ? 'The interaction is tested by itself'
      : `The ${interactions.length} interactions are tested as a family of their own`;
  return [...sentences, `${count}, at 5 % beside the 5 % of the components.`];
}

/** What a scheduler lets complete is a choice by value, and a mean of chosen values is biased. */
function stoppedWords({ baseline, components }: Study): string[] {
  const stopped = [baseline, ...components].reduce((sum, row) => sum + row.stopped, 0);
  if (stopped === 0) return [];
  const trials = stopped === 1 ? '1 trial was' : `${stopped} trials were`;
  return [`${trials} stopped early and count nowhere; if that was for their values, what is left looks better than it is.`];
}

function methodWords(study: Study): string[] {
  const { metric, direction, margin, marginSource, components } = study;
  const source = marginSource === 'asked' ? '' : ', the deviation of the baseline between seeds,';
  const matter = margin === null ? '' : `; differences within ±${shown(margin)}${source} count as none`;
  const interval = study.looks.length > 1 ? 'intervals that hold at all looks at once' : '95 % intervals';
  return [
    `Differences of ${metric}, of which ${direction === 'maximize' ? 'more' : 'less'} is better, paired by ${seedsText(study)}; ${interval}, tests at 5 % after Holm's correction${matter}.`,
    'Seeds vary first weights, shuffling and dropout. All trials are handed the same data, so that intervals do not cover other data.',
    ...(components.some(({ duration }) => duration?.intervalSeconds != null)
      ? ['Seconds: mean difference ± half of its 95 % interval, not corrected, without the first trial of a process with its data.']
      : []),
  ];
}

/** `3 seeds`, `3, 6 or 12 seeds, the level spent over these looks` */
function seedsText({ looks, replicates }: Study): string {
  if (looks.length < 2) return replicates === 1 ? '1 seed' : `${replicates} seeds`;
  const counts = looks.map((look) => String(look.replicates));
  return `${counts.slice(0, -1).join(', ')} or ${counts.at(-1) ?? ''} seeds, the level spent over these looks`;
}

function pathWords({ path, components, progress }: Study): string[] {
  if (path === null) return [];
  if (components.length === 0) {
    const begun = progress === 'cut-short' ? 'The path was not found to its end' : 'The path is being found';
    return [`${begun}: ${path.steps.map(({ chosen }) => chosen).join(', then ') || 'no step yet'}.`];
  }
  const { difference, interval } = path.total;
  if (difference === null) return [];
  const within = interval === null ? '' : `, 95 % interval [${signed(interval[0])}, ${signed(interval[1])}]`;
  return [`From start to end: ${signed(difference)}${within}. Gains are measured on other seeds than those that chose the steps.`];
}

const verdicts: readonly Verdict[] = ['worse', 'no-matter', 'better', 'unclear', 'failed', 'stopped', 'unfinished'];

const progressWords: Readonly<Record<Study['progress'], readonly string[]>> = {
  'under-way': ['Under way: nothing is claimed of a component before all trials of its look are over.'],
  whole: [],
  'cut-short': ['Ended early: nothing is claimed of a component whose look has trials missing.'],
};

export function headings({ mode, progress }: Study): Record<Verdict, string> {
  const act = { 'leave-one-out': 'leave out', 'leave-two-out': 'leave out', 'one-in': 'add', path: 'change' }[mode];
  return {
    worse: `Hurts to ${act}`,
    'no-matter': `Does not matter`,
    better: `Helps to ${act}`,
    unclear: 'The data cannot tell',
    failed: 'Failed',
    stopped: 'Stopped early',
    unfinished: progress === 'cut-short' ? 'No verdict' : 'No verdict yet',
  };
}

function remark({ name, failure }: ComponentAnswer): string {
  return failure === undefined ? name : `${name} (${failure})`;
}
