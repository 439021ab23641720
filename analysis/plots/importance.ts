/**
 * How much each parameter matters, by one of two methods (`importance/`), from a sample of the completed trials whose size is said. An
 * inactive parameter counts as one at its default in fANOVA, as Hutter et al. have it, and is left out in PED-ANOVA.
 */
import Type, { type Static } from 'typebox';
import { randomStream } from '../../core/random.ts';
import { fanova } from '../importance/fanova.ts';
import { growForest, type Sample } from '../importance/forest.ts';
import { pedAnova } from '../importance/ped-anova.ts';
import { evenly } from '../thinning.ts';
import { short, unitOf, type Dimension, type TrialTable } from './table.ts';

export const ImportanceMethod = Type.Enum(['fanova', 'ped-anova']);
export type ImportanceMethod = Static<typeof ImportanceMethod>;

export const Importance = Type.Object(
  {
    position: Type.Integer(),
    method: ImportanceMethod,
    trials: Type.Integer({ description: 'Completed trials' }),
    sample: Type.Integer({ description: 'Of them, those that the answer rests on' }),
    parameters: Type.Array(
      Type.Object({
        name: Type.String(),
        importance: Type.Number({ description: 'Share, from 0 to 1' }),
        active: Type.Number({ description: 'Share of the sample in which it is active' }),
      }),
      { description: 'The most important first' },
    ),
    pairs: Type.Array(Type.Object({ names: Type.Array(Type.String()), importance: Type.Number() }), {
      description: 'What two explain together beyond each by itself, the most important ten; fANOVA alone tells',
    }),
  },
  { additionalProperties: false, title: 'ImportancePlot' },
);
export type Importance = Omit<Static<typeof Importance>, 'position'>;

const SAMPLE = 1000;
const CELLS = 32;
const PAIRS = 10;

export function importanceOf(table: TrialTable, method: ImportanceMethod): Importance {
  // Evenly by rank, so that good and bad trials are there as they are among all.
  const ranked = table.ranked();
  const trials = evenly(ranked, SAMPLE);
  const shares = method === 'fanova' ? fanovaOf(table, trials) : { single: pedAnovaOf(table, trials), pairs: [] };
  const names = table.dimensions.map(({ axis }) => axis.name);
  const parameters = table.dimensions.map(({ column }, d) => ({
    name: names[d] ?? '',
    importance: short(shares.single[d] ?? 0),
    active: short(trials.filter((number) => !Number.isNaN(column[number] ?? NaN)).length / Math.max(1, trials.length)),
  }));
  const pairs = shares.pairs.map(({ dimensions, share }) => ({ names: dimensions.map((d) => names[d] ?? ''), importance: short(share) }));
  return {
    method,
    trials: ranked.length,
    sample: trials.length,
    parameters: parameters.sort((a, b) => b.importance - a.importance),
    pairs: pairs.sort((a, b) => b.importance - a.importance).slice(0, PAIRS),
  };
}

function fanovaOf(table: TrialTable, trials: readonly number[]) {
  const sample = sampleOf(table, trials);
  return fanova(growForest(sample, forestStream()), sample.cells);
}

function pedAnovaOf(table: TrialTable, trials: readonly number[]): number[] {
  const cells = table.dimensions.map(cellsOf);
  const columns = table.dimensions.map((dimension, d) => trials.map((number) => cellAt(unitOf(dimension, number), cells[d] ?? 1)));
  const ordered = table.dimensions.map(({ axis }) => axis.type !== 'categorical');
  return pedAnova(columns, cells, ordered);
}

/** What a forest learns from. */
export function sampleOf(table: TrialTable, trials: readonly number[]): Sample {
  const cells = table.dimensions.map(cellsOf);
  const columns = table.dimensions.map((dimension, d) => {
    const { parameter, defaultValue } = dimension.entry;
    const absent = parameter.encode(defaultValue);
    return trials.map((number) => {
      const unit = unitOf(dimension, number);
      return cellAt(Number.isNaN(unit) ? absent : unit, cells[d] ?? 1);
    });
  });
  return { cells, columns, targets: trials.map((number) => table.valueOf(number)) };
}

/** The same trials grow the same forest. */
export function forestStream() {
  return randomStream('importance', 'forest');
}

function cellsOf({ entry }: Dimension): number {
  return Math.min(CELLS, entry.parameter.levels);
}

/** −1 where there is no coordinate. */
function cellAt(unit: number, cells: number): number {
  return Number.isNaN(unit) ? -1 : Math.min(cells - 1, Math.floor(unit * cells));
}
