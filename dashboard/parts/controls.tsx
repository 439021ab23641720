/** Small controls with their names: one of several, and yes or no. */
import { useId } from 'react';

interface ChoiceProps<Choice extends string> {
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly value: Choice;
  readonly onChange: (value: Choice) => void;
  readonly words?: Partial<Readonly<Record<Choice, string>>>;
}

export function Select<Choice extends string>({ name, choices, value, onChange, words = {} }: ChoiceProps<Choice>) {
  const id = useId();
  return (
    <span className="choice small">
      <label htmlFor={id} className="soft">
        {name}
      </label>
      <select id={id} value={value} onChange={({ target }) => choices.filter((choice) => choice === target.value).forEach(onChange)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {words[choice] ?? choice}
          </option>
        ))}
      </select>
    </span>
  );
}

export function Toggle({
  name,
  value,
  onChange,
}: {
  readonly name: string;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
}) {
  return (
    <label className="choice small">
      <input type="checkbox" checked={value} onChange={({ target }) => onChange(target.checked)} />
      {name}
    </label>
  );
}
