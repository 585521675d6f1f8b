import type { Bodies } from '../../shared/settings.ts';
import { Field, Select } from '../parts/field.tsx';
import { useLive } from '../state/hooks.ts';
import { BODIES, bodiesWords } from '../words/bodies.ts';

/** What is kept of the arguments and answers of an agent's calls. */
export function BodiesField({
  value,
  onChoose,
}: {
  value: Bodies | '';
  onChoose: (bodies: Bodies | '') => void;
}) {
  const byDefault = useLive((live) => live.settings.bodies);
  return (
    <Field
      label="Of its arguments and answers, keep"
      hint={bodiesWords[value === '' ? byDefault : value].sentence}
    >
      {(control) => (
        <Select
          {...control}
          className="!w-auto self-start"
          value={value}
          onChange={(event) => onChoose(BODIES.find((bodies) => bodies === event.target.value) ?? '')}
        >
          <option value="">As the settings say ({bodiesWords[byDefault].word.toLowerCase()})</option>
          {BODIES.map((bodies) => (
            <option key={bodies} value={bodies}>
              {bodiesWords[bodies].word}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
