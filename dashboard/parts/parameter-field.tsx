/** The field for one value of a parameter: a list of choices or a number within its bounds. An empty one leaves the value to its default. */
import type { Parameter, ParamValue } from '../../core/space.ts';
import { shown } from './words.ts';

interface ParameterFieldProps {
  readonly name: string;
  readonly parameter: Parameter;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function ParameterField({ name, parameter, value, onChange }: ParameterFieldProps) {
  if (parameter.type === 'constant') return null;
  return (
    <label className="field">
      <span>
        {name} <span className="small">{rangeOf(parameter)}</span>
      </span>
      {'choices' in parameter ? (
        <select value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">default</option>
          {parameter.choices.map((choice) => (
            <option key={String(choice)}>{String(choice)}</option>
          ))}
        </select>
      ) : (
        <input type="text" inputMode="decimal" placeholder="default" value={value} onChange={({ target }) => onChange(target.value)} />
      )}
    </label>
  );
}

/** What a field means; undefined where it is empty. What is no number goes as it is: the API says what is wrong with it. */
export function paramOf(parameter: Parameter, text: string): ParamValue | undefined {
  if (text.trim() === '') return undefined;
  if ('choices' in parameter) return parameter.choices.find((choice) => String(choice) === text);
  if (parameter.type === 'constant' && typeof parameter.value === 'boolean') return text === 'true';
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

export function rangeOf(parameter: Parameter): string {
  switch (parameter.type) {
    case 'float':
    case 'int':
      return `${shown(parameter.min)} … ${shown(parameter.max)}${parameter.scale === 'log' ? ', log' : ''}${parameter.step === undefined ? '' : `, by ${shown(parameter.step)}`}`;
    case 'categorical':
    case 'ordinal':
      return parameter.choices.map(String).join(', ');
    case 'constant':
      return String(parameter.value);
  }
}
