/** One parameter of a submission: what is searched of it, or the value that it is fixed at. */
import type { Parameter } from '../../../core/space.ts';
import { paramText } from '../../parts/params.tsx';
import { ParameterField, rangeOf } from '../../parts/parameter-field.tsx';
import type { Range } from './draft.ts';

interface RangeFieldProps {
  readonly name: string;
  readonly parameter: Parameter;
  readonly range: Range;
  /** Whether parameters are searched at all. */
  readonly isSearch: boolean;
  readonly onChange: (range: Range) => void;
}

export function RangeField({ name, parameter, range, isSearch, onChange }: RangeFieldProps) {
  const when =
    parameter.when === undefined
      ? ''
      : Object.entries(parameter.when).map(([other, value]) => `${other} is ${[value].flat().join(' or ')}`);
  if (parameter.type === 'constant') {
    return (
      <fieldset className="range">
        <legend>{name}</legend>
        <span className="soft">always {paramText(parameter.value)}</span>
      </fieldset>
    );
  }
  return (
    <fieldset className="range">
      <legend>
        {name}{' '}
        <span className="small soft">
          {[parameter.type, rangeOf(parameter), when === '' ? '' : `only while ${String(when)}`].filter(Boolean).join(' · ')}
        </span>
      </legend>
      {isSearch ? (
        <label className="choice">
          <input type="checkbox" checked={!range.isFixed} onChange={({ target }) => onChange({ ...range, isFixed: !target.checked })} />
          search
        </label>
      ) : null}
      {isSearch && !range.isFixed ? (
        <Searched name={name} parameter={parameter} range={range} onChange={onChange} />
      ) : (
        <ParameterField
          name={`${name} fixed at`}
          parameter={parameter}
          value={range.value}
          onChange={(value) => onChange({ ...range, value })}
        />
      )}
    </fieldset>
  );
}

function Searched({ name, parameter, range, onChange }: Omit<RangeFieldProps, 'isSearch'>) {
  if ('choices' in parameter) {
    const toggle = (choice: string): void =>
      onChange({
        ...range,
        choices: range.choices.includes(choice) ? range.choices.filter((other) => other !== choice) : [...range.choices, choice],
      });
    return (
      <span className="row tight">
        {parameter.choices.map(String).map((choice) => (
          <label key={choice} className="choice">
            <input type="checkbox" checked={range.choices.includes(choice)} onChange={() => toggle(choice)} />
            {choice}
          </label>
        ))}
      </span>
    );
  }
  return (
    <span className="row tight">
      <input
        type="text"
        inputMode="decimal"
        aria-label={`${name} from`}
        value={range.min}
        onChange={({ target }) => onChange({ ...range, min: target.value })}
      />
      <span aria-hidden="true">…</span>
      <input
        type="text"
        inputMode="decimal"
        aria-label={`${name} to`}
        value={range.max}
        onChange={({ target }) => onChange({ ...range, max: target.value })}
      />
    </span>
  );
}
