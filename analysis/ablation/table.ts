/** The figures of a study: as a table to be read or pasted, and whole as CSV. */
import { csvRow } from '../../core/csv.ts';
import { columnsOfText } from '../../core/text-table.ts';
import type { ComponentAnswer, Contrast, Duration, Study } from './answer.ts';
import { pText, shown, signed } from './numbers.ts';
import { headings } from './words.ts';

const columns = [
  'kind',
  'name',
  'metric',
  'direction',
  'completed',
  'failed',
  'stopped',
  'pairs',
  'mean',
  'standardDeviation',
  'reference',
  'difference',
  'low',
  'high',
  'confidence',
  'pValue',
  'adjustedPValue',
  'effectSize',
  'parameters',
  'seconds',
  'secondsLow',
  'secondsHigh',
  'verdict',
] as const;

type Cells = Partial<Record<(typeof columns)[number], string | number | null>>;

/** One line for the baseline, each component, each interaction and the whole of a path; empty where there is nothing to say (RFC 4180). */
export function studyCsv({ metric, direction, baseline, components, interactions, path }: Study): string {
  const rows: Cells[] = [
    { kind: 'baseline', name: 'baseline', ...baseline, seconds: baseline.durationSeconds },
    ...components.map((row) => ({ kind: 'component', ...row, ...contrastCells(row), ...durationCells(row.duration) })),
    ...interactions.map((row) => ({ kind: 'interaction', ...row, name: row.parts.join(' × '), ...contrastCells(row) })),
    ...(path === null ? [] : [{ kind: 'total', name: 'start to end', ...path.total, ...contrastCells(path.total) }]),
  ];
  return [columns, ...rows.map((row) => columns.map((name) => ({ ...row, metric, direction })[name] ?? null))].map(csvRow).join('');
}

function contrastCells({ interval }: Contrast): Cells {
  return { low: interval?.[0] ?? null, high: interval?.[1] ?? null };
}

function durationCells(duration: Duration | null): Cells {
  const [low = null, high = null] = duration?.intervalSeconds ?? [];
  return { seconds: duration?.differenceSeconds ?? null, secondsLow: low, secondsHigh: high };
}

interface Column {
  readonly head: string;
  readonly baseline: string;
  readonly of: (row: ComponentAnswer) => string;
  /** Of an interaction, or of the whole of a path. */
  readonly ofContrast: (row: Contrast) => string;
}

const nothing = (): string => '';

/** In columns of equal width. */
export function studyTable(study: Study): string {
  const shownColumns = columnsOf(study);
  const line = (name: string, cells: readonly string[], remark: string): string[] => [name, ...cells, remark];
  const contrast = (name: string, row: Contrast, remark: string): string[] =>
    line(
      name,
      shownColumns.map((column) => column.ofContrast(row)),
      remark,
    );
  return columnsOfText(
    [
      line(
        'component',
        shownColumns.map(({ head }) => head),
        '',
      ),
      line(
        'baseline',
        shownColumns.map(({ baseline }) => baseline),
        '',
      ),
      ...study.components.map((row) =>
        line(
          row.name,
          shownColumns.map((column) => column.of(row)),
          headings(study)[row.verdict].toLowerCase(),
        ),
      ),
      ...study.interactions.map((row) => contrast(row.parts.join(' × '), row, interactionRemarks[row.verdict])),
      ...(study.path?.total.difference == null ? [] : [contrast('start to end', study.path.total, '')]),
    ],
    1,
  );
}

const interactionRemarks = {
  'costs-more': 'both cost more than apart',
  'costs-less': 'both cost less than apart',
  unclear: 'not told from adding up',
} as const;

function columnsOf({ metric, mode, baseline, components, looks }: Study): Column[] {
  const isAdaptive = looks.length > 1;
  // Where some have fewer seeds than others, what they are compared with has another mean than its own row says.
  const needsReference = components.some(({ pairs }) => pairs > 0 && pairs !== baseline.completed);
  const reference: Column = {
    head: mode === 'path' ? 'before' : 'baseline there',
    baseline: '',
    of: ({ reference: mean }) => shown(mean),
    ofContrast: nothing,
  };
  const level: Column = { head: 'level', baseline: '', of: levelText, ofContrast: levelText };
  return [
    { head: 'pairs', baseline: String(baseline.completed), of: ({ pairs }) => String(pairs), ofContrast: ({ pairs }) => String(pairs) },
    { head: metric, baseline: shown(baseline.mean), of: ({ mean }) => shown(mean), ofContrast: nothing },
    {
      head: '± sd',
      baseline: shown(baseline.standardDeviation),
      of: ({ standardDeviation }) => shown(standardDeviation),
      ofContrast: nothing,
    },
    ...(needsReference ? [reference] : []),
    { head: 'difference', baseline: '', of: differenceText, ofContrast: differenceText },
    { head: isAdaptive ? 'interval' : '95 % interval', baseline: '', of: intervalText, ofContrast: intervalText },
    ...(isAdaptive ? [level] : []),
    { head: 'p (Holm)', baseline: '', of: adjustedText, ofContrast: adjustedText },
    { head: 'effect', baseline: '', of: effectText, ofContrast: effectText },
    { head: 'parameters', baseline: shown(baseline.parameters), of: ({ parameters }) => signed(parameters), ofContrast: nothing },
    { head: 'seconds', baseline: shown(baseline.durationSeconds), of: ({ duration }) => durationText(duration), ofContrast: nothing },
  ];
}

const differenceText = ({ difference }: Contrast): string => signed(difference);
const intervalText = ({ interval }: Contrast): string => (interval === null ? '' : `[${signed(interval[0])}, ${signed(interval[1])}]`);
const levelText = ({ interval, confidence }: Contrast): string => (interval === null ? '' : `${shown(100 * (confidence ?? 0))} %`);
const adjustedText = ({ adjustedPValue }: Contrast): string => pText(adjustedPValue);
const effectText = ({ effectSize }: Contrast): string => signed(effectSize);

/** A difference of times says nothing without its interval. */
function durationText(duration: Duration | null): string {
  if (duration?.intervalSeconds == null) return '';
  const [low, high] = duration.intervalSeconds;
  return `${signed(duration.differenceSeconds)} ± ${shown((high - low) / 2)}`;
}
