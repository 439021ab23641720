/** The table of a study as text, as CSV and in plain words. Numbers are shown here only; the study keeps them whole. */
import { csvRow } from '../../core/csv.ts';
import type { ComponentAnswer, Contrast, Study, StudyDocument, Verdict } from './answer.ts';

/** The study with its words, as users are given it. */
export function studyDocument(study: Study): StudyDocument {
  return { ...study, words: studyWords(study) };
}

const columns = [
  'component',
  'completed',
  'failed',
  'mean',
  'difference',
  'low95',
  'high95',
  'pValue',
  'adjustedPValue',
  'effectSize',
  'parameters',
  'durationSeconds',
  'verdict',
] as const;

/** One line a component, then one an interaction; empty where there is nothing to say (RFC 4180). */
export function studyCsv({ components, interactions }: Study): string {
  const rows = [
    ...components.map((row) => [
      row.name,
      row.completed,
      row.failed,
      row.mean,
      ...contrastCells(row),
      row.parameters,
      row.durationSeconds,
      row.verdict,
    ]),
    ...interactions.map((row) => [`interaction ${row.parts.join(' × ')}`, row.pairs, null, null, ...contrastCells(row), null, null, null]),
  ];
  return [columns, ...rows].map(csvRow).join('');
}

function contrastCells({ difference, interval, pValue, adjustedPValue, effectSize }: Contrast) {
  return [difference, interval?.[0] ?? null, interval?.[1] ?? null, pValue, adjustedPValue, effectSize];
}

/** The table in columns of equal width, to be printed or pasted. */
export function studyTable(study: Study): string {
  const head = ['component', 'n', 'mean', 'difference', '95 % interval', 'p (Holm)', 'effect', 'parameters', 'seconds', ''];
  const { baseline } = study;
  const base = [
    'baseline',
    String(baseline.completed),
    shown(baseline.mean),
    '',
    '',
    '',
    '',
    shown(baseline.parameters),
    shown(baseline.durationSeconds),
    '',
  ];
  const rows = study.components.map((row) => [
    row.name,
    String(row.completed),
    shown(row.mean),
    ...contrastText(row),
    signed(row.parameters),
    signed(row.durationSeconds),
    shortVerdict(row.verdict, study),
  ]);
  const interactions = study.interactions.map((row) => [
    row.parts.join(' × '),
    String(row.pairs),
    '',
    ...contrastText(row),
    '',
    '',
    'interaction',
  ]);
  const lines = [head, base, ...rows, ...interactions];
  const widths = head.map((_name, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function contrastText({ difference, interval, adjustedPValue, effectSize }: Contrast): string[] {
  return [
    signed(difference),
    interval === null ? '' : `[${signed(interval[0])}, ${signed(interval[1])}]`,
    pText(adjustedPValue),
    signed(effectSize),
  ];
}

/** A sentence for each verdict that there is, naming its components; then how it was told. */
export function studyWords(study: Study): string[] {
  const { components, margin } = study;
  const sentences = verdicts.flatMap((verdict) => {
    const named = components.filter((component) => component.verdict === verdict);
    return named.length === 0 ? [] : [`${headings(study)[verdict]}: ${named.map((component) => remark(component)).join(', ')}.`];
  });
  const matter = margin === null ? '' : `; differences within ±${shown(margin)} count as none`;
  return [
    ...progressWords[study.progress],
    ...pathWords(study),
    ...sentences,
    `Paired by ${seedsText(study)}, 95 % intervals, tests at 5 % after Holm's correction${matter}.`,
  ];
}

/** `3 seeds`, `3, 6 or 12 seeds, the level spent over these looks` */
function seedsText({ looks, replicates }: Study): string {
  if (looks.length < 2) return `${replicates} seeds`;
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

const verdicts: readonly Verdict[] = ['worse', 'no-matter', 'better', 'unclear', 'failed', 'unfinished'];

const progressWords: Readonly<Record<Study['progress'], readonly string[]>> = {
  'under-way': ['Under way: nothing is claimed of a component before all trials of its look are over.'],
  whole: [],
  'cut-short': ['Ended early: nothing is claimed of a component whose look has trials missing.'],
};

function headings({ mode, progress }: Study): Record<Verdict, string> {
  const act = { 'leave-one-out': 'leave out', 'leave-two-out': 'leave out', 'one-in': 'add', path: 'change' }[mode];
  return {
    worse: `Hurts to ${act}`,
    'no-matter': `Does not matter`,
    better: `Helps to ${act}`,
    unclear: 'The data cannot tell',
    failed: 'Failed',
    unfinished: progress === 'cut-short' ? 'No verdict' : 'No verdict yet',
  };
}

function remark({ name, failure }: ComponentAnswer): string {
  return failure === undefined ? name : `${name} (${failure})`;
}

function shortVerdict(verdict: Verdict, study: Study): string {
  return headings(study)[verdict].toLowerCase();
}

function shown(value: number | null): string {
  if (value === null) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function signed(value: number | null): string {
  return value === null ? '' : `${value > 0 ? '+' : ''}${shown(value)}`;
}

function pText(value: number | null): string {
  if (value === null) return '';
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}
