/** The plan of an ablation as text: which trials run, what each component leaves out or changes, and how large its model is. */
import { changesBetween } from '../core/ablation/path.ts';
import type { PlannedComponent } from '../core/ablation/schema.ts';
import type { SurveyAnswer } from '../core/ablation/survey.ts';
import type { Specification } from '../core/experiment.ts';
import { columnsOfText } from '../core/text-table.ts';

/** How large the model of a component is, or why there can be none. */
export type Size = SurveyAnswer['components'][number];

/** @param sizes of the components, in their order */
export function planText({ ablation, replicates, maxTrials, space }: Specification, sizes: readonly Size[]): string {
  const { components = [], looks = [], mode } = ablation ?? {};
  const [baseline, target] = components;
  if (baseline === undefined || target === undefined) return '';
  const isPath = mode === 'path';
  const rows = components.map((component, at) => [
    // Of a path the races come before what is measured, and how many trials they take is not known.
    isPath ? '' : trialNumbers(at, components.length, replicates),
    component.name,
    whatOf(component, baseline),
    sizeText(sizes[at], at === 0 ? undefined : sizes[0]),
  ]);
  const changes = isPath ? changesBetween(space, baseline.params, target.params).map(({ name }) => name) : [];
  const isBound = isPath || looks.length > 1;
  const lines = [
    columnsOfText([['trials', 'component', 'change', 'parameters'], ...rows]),
    ...(isPath ? [`${changes.length} changes, raced for their order: ${changes.join('; ')}`] : []),
    ...(looks.length > 1 ? looks : []).map(
      (look) => `look after ${look.replicates} replicates, at the level ${Number(look.level.toPrecision(3))}`,
    ),
    `${isBound ? 'at most ' : ''}${maxTrials} trials, ${replicates} of each${isBound ? ' at first' : ''} with the same seeds`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Replicates take turns: `0, 5, 10`, `0, 5, … 45`. */
function trialNumbers(at: number, components: number, replicates: number): string {
  const numbers = Array.from({ length: replicates }, (_, replicate) => at + replicate * components);
  return numbers.length <= 4 ? numbers.join(', ') : `${numbers.slice(0, 2).join(', ')}, … ${numbers.at(-1) ?? ''}`;
}

/** `without conv2, pool2`, `optimizer sgd → adam, without momentum` */
function whatOf({ exclusion, params }: PlannedComponent, { params: before }: PlannedComponent): string {
  const { features = [], layers = [], modules = [], variant } = exclusion;
  const gone = [
    ...features,
    ...layers,
    ...modules.map(({ from, to }) => `${from}..${to}`),
    ...Object.keys(before).filter((name) => params[name] === undefined),
  ];
  const set = Object.entries(params).flatMap(([name, value]) => {
    if (before[name] === value) return [];
    return before[name] === undefined ? [`with ${name} ${String(value)}`] : [`${name} ${String(before[name])} → ${String(value)}`];
  });
  return [
    ...(variant === undefined ? [] : [`variant ${variant}`]),
    ...set,
    ...(gone.length === 0 ? [] : [`without ${gone.join(', ')}`]),
  ].join(', ');
}

function sizeText(size: Size | undefined, baseline: Size | undefined): string {
  if (size === undefined) return '';
  if ('refusal' in size) return size.refusal;
  if (size.parameters === null) return 'not known';
  const before = baseline !== undefined && 'parameters' in baseline ? baseline.parameters : null;
  return before === null ? String(size.parameters) : `${before} -> ${size.parameters}`;
}
