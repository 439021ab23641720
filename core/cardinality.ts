/**
 * How many configurations a search space has, without listing them: parameters that no condition ties together multiply, and
 * a parameter that others wait for is split into the cases that make a difference to them.
 */
import type { CompiledSpace, Condition } from './compiled-space.ts';
import { axesOf, type GridOptions } from './configurations.ts';
import { invalid } from './errors.ts';
import type { ParamValue, SearchSpace } from './space.ts';

/**
 * Steps that counting may cost, some tenths of a second. Independent parameters take one each, a chain of conditions the
 * square of its length; only conditions that cross each other many times over need more, and counting those is #P-hard.
 */
const maxSteps = 400_000;

/** A parameter among those still to be counted, with the conditions that nothing has decided yet. */
interface Node {
  readonly name: string;
  readonly levels: number;
  readonly conditions: readonly Condition[];
}

interface Budget {
  left: number;
  readonly field: string;
}

interface CardinalityOptions extends GridOptions {
  /** Path of the space, for errors. */
  readonly field?: string;
}

/**
 * The number of distinct configurations; `Infinity` where a continuous parameter without a grid can be active. Exact below
 * 2^53, rounded to a double above.
 * @throws MaggyError `invalid` where conditions are too entangled to count; `validateSpace` refuses such spaces
 */
export function cardinality(space: SearchSpace | CompiledSpace, { field = 'space', ...grid }: CardinalityOptions = {}): number {
  return count(axesOf(space, grid), { left: maxSteps, field });
}

/** @param nodes parents before their children, as in all lists of this file */
function count(nodes: readonly Node[], budget: Budget): number {
  return components(nodes).reduce((product, component) => product * countComponent(component, budget), 1);
}

/** The first of a component has no conditions left, since the parents it waits for would stand before it. */
function countComponent(component: readonly Node[], budget: Budget): number {
  const [first, ...others] = component;
  if (first === undefined) return 1;
  if (others.length === 0) return first.levels;
  const cases = casesOf(first, others);
  spend(budget, component.length * cases.length);
  return cases.reduce((sum, { value, weight }) => sum + weight * count(decide(others, first.name, value), budget), 0);
}

/** Values that fulfil the same conditions are one case; `value` stands for them all, undefined for those that fulfil none. */
function casesOf(parent: Node, others: readonly Node[]): { value: ParamValue | undefined; weight: number }[] {
  const waiting = others.flatMap(({ conditions }) => conditions.filter(({ on }) => on === parent.name));
  const awaited = new Set(waiting.flatMap(({ values }) => [...values]));
  const cases = new Map<string, { value: ParamValue | undefined; weight: number }>();
  for (const value of awaited) {
    const fulfilled = waiting.map(({ values }) => (values.has(value) ? '1' : '0')).join('');
    const known = cases.get(fulfilled);
    if (known === undefined) cases.set(fulfilled, { value, weight: 1 });
    else known.weight += 1;
  }
  const rest = parent.levels - awaited.size;
  return rest > 0 ? [...cases.values(), { value: undefined, weight: rest }] : [...cases.values()];
}

/** What is left once a parent has its value: conditions on it are settled; inactive parameters are gone, with all that wait for them. */
function decide(nodes: readonly Node[], parent: string, value: ParamValue | undefined): Node[] {
  const inactive = new Set<string>();
  const left: Node[] = [];
  for (const node of nodes) {
    const fails = ({ on, values }: Condition) => inactive.has(on) || (on === parent && (value === undefined || !values.has(value)));
    if (node.conditions.some(fails)) inactive.add(node.name);
    else if (node.conditions.every(({ on }) => on !== parent)) left.push(node);
    else left.push({ ...node, conditions: node.conditions.filter(({ on }) => on !== parent) });
  }
  return left;
}

/** Nodes joined by conditions, directly or through others. */
function components(nodes: readonly Node[]): Node[][] {
  const parentOf = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let above = parentOf.get(root); above !== undefined; above = parentOf.get(root)) root = above;
    // Short paths keep the next search short.
    for (let at = name; at !== root;) {
      const above = parentOf.get(at) ?? root;
      parentOf.set(at, root);
      at = above;
    }
    return root;
  };
  for (const { name, conditions } of nodes) {
    for (const { on } of conditions) {
      const [child, parent] = [rootOf(name), rootOf(on)];
      if (child !== parent) parentOf.set(child, parent);
    }
  }
  const found = new Map<string, Node[]>();
  for (const node of nodes) {
    const root = rootOf(node.name);
    const component = found.get(root);
    if (component === undefined) found.set(root, [node]);
    else component.push(node);
  }
  return [...found.values()];
}

function spend(budget: Budget, steps: number): void {
  budget.left -= steps;
  if (budget.left < 0) throw invalid(budget.field, 'has conditions too entangled to count its configurations; use fewer of them', maxSteps);
}
