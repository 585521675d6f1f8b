import { useId } from 'react';

export type ContactTrust = 'known' | 'trusted';

const choices: readonly (readonly [ContactTrust, string])[] = [
  ['known', 'You are asked about each of its calls.'],
  ['trusted', 'The same, and it may read unasked where Settings says so.'],
];

/** Of what trust a new contact is. */
export function TrustChoice({
  legend,
  value,
  onChange,
}: {
  legend: string;
  value: ContactTrust;
  onChange: (trust: ContactTrust) => void;
}) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="pb-1 font-medium">{legend}</legend>
      {choices.map(([trust, meaning]) => (
        <label key={trust} className="flex items-baseline gap-2 py-0.5">
          <input
            type="radio"
            name={name}
            checked={value === trust}
            onChange={() => onChange(trust)}
            className="relative top-0.5 accent-accent"
          />
          <span>
            {trust} <span className="text-dim">{meaning}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
