import { useState } from 'react';
import type { Settings } from '../../shared/settings.ts';
import { BudgetFields } from '../parts/budget-fields.tsx';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { budgetForm, readBudget, type BudgetForm } from '../words/budget.ts';
import { hinted } from './controls.tsx';
import { useLock, type Save } from './setting.ts';

/** What each peer may use on a day, where it has no budget of its own. */
export function BudgetSetting({ value, save }: { value: Settings['budget']; save: Save }) {
  const lock = useLock('budget');
  const [draft, setDraft] = useState<BudgetForm | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { budget, errors } = readBudget(draft ?? budgetForm(value));
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="pb-1 font-medium">Each peer may use, a day</legend>
      <BudgetFields
        form={draft ?? budgetForm(value)}
        errors={errors}
        disabled={lock.disabled}
        onChange={setDraft}
      />
      <div className="text-sm text-dim">
        {hinted(
          'In the last 24 hours, over all agents. At the limit its calls are refused until there is room. A peer can have its own, on its panel.',
          lock.by,
        )}
      </div>
      <Problem text={problem} />
      {draft === null ? null : (
        <Button
          className="mt-1 self-start"
          disabled={Object.keys(errors).length > 0}
          onClick={() => {
            void save({ budget }).then((refused) => {
              setProblem(refused);
              if (refused === null) setDraft(null);
            });
          }}
        >
          Save
        </Button>
      )}
    </fieldset>
  );
}
