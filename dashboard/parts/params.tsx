/** A configuration: names and values, in the order of the search space. */
import type { Experiment } from '../data/queries.ts';
import { shown } from './words.ts';

type Params = Readonly<Record<string, string | number | boolean>>;

interface ParamsProps {
  readonly params: Params;
  readonly space: Experiment['specification']['space'];
}

export function ParamsTable({ params, space }: ParamsProps) {
  const names = Object.keys(space).filter((name) => name in params);
  return (
    <table className="plain">
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {space[name]?.type === 'constant' ? <span className="small"> (fixed)</span> : null}
            </th>
            <td className="number">{paramText(params[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function paramText(value: Params[string] | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'number' ? shown(value) : String(value);
}
