/**
 * `name=value` on a command line. A hyperparameter's text is read by what its parameter takes, and nothing else: "3" is a number for a
 * float and a text among categorical choices of texts. Options of a dataset have no declared types, so their values are JSON.
 */
import { compileSpace } from '../core/compiled-space.ts';
import { holdConstants } from '../core/constants.ts';
import { describe, MaggyError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { completeParams } from '../core/params.ts';
import type { Parameter, Params, ParamValue, SearchSpace } from '../core/space.ts';
import { UsageError } from './failure.ts';

interface Assignment {
  readonly name: string;
  readonly text: string;
}

/** Hyperparameters, complete: those that `--set` leaves out take their defaults. */
export function parseSettings(settings: readonly string[], space: SearchSpace): Params {
  const given = parseNamedSettings(settings, space, '--set');
  try {
    return completeParams(holdConstants(space, given), given, '--set');
  } catch (error) {
    // Each value is legal by itself; what is left is a parameter that the others leave inactive.
    if (error instanceof MaggyError) throw new UsageError(error.message);
    throw error;
  }
}

/** Those that are named and no others, each legal by itself: for whoever completes them from elsewhere. @param flag that named them */
export function parseNamedSettings(settings: readonly string[], space: SearchSpace, flag: string): Params {
  const { byName } = compileSpace(space);
  const given: Params = {};
  for (const { name, text } of parseAssignments(settings, flag)) {
    const definition = space[name];
    const parameter = byName.get(name)?.parameter;
    if (definition === undefined || parameter === undefined) throw unknownName(`${flag} ${name}=${text}`, name, [...byName.keys()]);
    const read = readAs(definition, text);
    const value = definition.type === 'constant' ? read : parameter.canonical(read);
    if (value === undefined) throw new UsageError(`${flag} ${name}=${text}: ${ruleOf(definition, parameter.rule(text))}`);
    given[name] = value;
  }
  return given;
}

/** Hyperparameters of a function that is not at hand: numbers and booleans where the text is one, and whoever holds the function checks them. */
export function parseOpenSettings(settings: readonly string[]): Params {
  const values = parseAssignments(settings, '--set').map(({ name, text }): [string, ParamValue] => {
    const value = jsonOrText(text);
    return [name, typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : text];
  });
  return Object.fromEntries(values);
}

/** Arguments of a dataset function: JSON where the text is JSON, else the text itself. */
export function parseDatasetOptions(options: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(parseAssignments(options, '--dataset').map(({ name, text }) => [name, jsonOrText(text)]));
}

function parseAssignments(items: readonly string[], flag: string): Assignment[] {
  const seen = new Set<string>();
  return items.map((item) => {
    const at = item.indexOf('=');
    if (at < 1) throw new UsageError(`${flag} ${item}: must have the form name=value`);
    const name = item.slice(0, at);
    if (seen.has(name)) throw new UsageError(`${flag} ${item}: ${name} is given twice`);
    seen.add(name);
    return { name, text: item.slice(at + 1) };
  });
}

function unknownName(item: string, name: string, names: readonly string[]): UsageError {
  const known = names.length === 0 ? 'the training function declares none' : `there are ${names.join(', ')}`;
  return new UsageError(`${item}: is no hyperparameter${didYouMean(name, names) || `; ${known}`}`);
}

/** The value that a text stands for; undefined where the parameter has no such value. */
function readAs(parameter: Parameter, text: string): ParamValue | undefined {
  switch (parameter.type) {
    case 'float':
    case 'int':
      return readNumber(text);
    case 'categorical':
    case 'ordinal':
      return readChoice(parameter.choices, text);
    case 'constant':
      return readLike(parameter.value, text);
  }
}

/** A constant may be held at another value of its kind. */
function readLike(sample: ParamValue, text: string): ParamValue | undefined {
  if (typeof sample === 'number') return readNumber(text);
  return typeof sample === 'boolean' ? readChoice([true, false], text) : text;
}

function ruleOf(parameter: Parameter, rule: string): string {
  return parameter.type === 'constant' ? `must be a ${typeof parameter.value}, like ${describe(parameter.value)}` : rule;
}

/** Decimal notation only: an empty text or 0x10 is a mistake more often than it is meant. */
function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Where a list holds both 1 and "1", quotes tell them apart: the bare text is the number. */
function readChoice(choices: readonly ParamValue[], text: string): ParamValue | undefined {
  const literal = jsonOrText(text);
  return (
    choices.find((choice) => choice === literal) ??
    choices.find((choice) => choice === readNumber(text)) ??
    choices.find((choice) => choice === text)
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
