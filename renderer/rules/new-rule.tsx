import { useEffect, useState } from 'react';
import { ApprovalId, CallId, type RuleId } from '../../shared/ids.ts';
import type { RuleView } from '../../shared/rules.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useSession } from '../state/hooks.ts';
import { ruleOfCall } from './prefill.ts';
import { RuleEditor } from './rule-editor.tsx';
import { emptyRule, ruleFormOf, type RuleForm } from './rule-form.ts';

/** What comes behind `#/rules/new`: nothing, `call` with its id, or `approval` with its id. */
export function NewRuleDialog({ from, onClose }: { from: readonly string[]; onClose: () => void }) {
  const [kind, id = ''] = from;
  const { form, error } = useStart(kind, id);
  if (form === null) {
    return (
      <Dialog open onClose={onClose} title="New rule" width={680}>
        {error === null ? <p className="text-dim">Reading the call…</p> : <Problem text={error} />}
      </Dialog>
    );
  }
  return (
    <RuleEditor
      start={form}
      id={null}
      {...(kind === undefined
        ? {}
        : { note: 'Filled in from one call, as narrow as that call. Widen it where you want to.' })}
      onClose={onClose}
    />
  );
}

export const ChangeRuleDialog = ({ rule, onClose }: { rule: RuleView; onClose: () => void }) => {
  // As it was when it was opened: its uses may go on counting meanwhile.
  const [start] = useState(() => ruleFormOf(rule));
  const id: RuleId = rule.id;
  return <RuleEditor key={id} start={start} id={id} onClose={onClose} />;
};

function useStart(kind: string | undefined, id: string): { form: RuleForm | null; error: string | null } {
  const host = useHost();
  const session = useSession();
  const [form, setForm] = useState<RuleForm | null>(kind === undefined ? emptyRule : null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    if (kind === undefined) return undefined;
    let current = true;
    const read = async (): Promise<RuleForm> => {
      if (kind === 'approval') {
        const approvalId = ApprovalId.parse(id);
        const approval = session.store.getState().live?.approvals[approvalId];
        if (approval === undefined) throw new Error('This question has been answered or has expired.');
        const { json } = await host((client) => client.approvals.arguments({ id: approvalId }));
        return ruleOfCall({ ...approval, request: json });
      }
      const callId = CallId.safeParse(Number(id));
      if (!callId.success) throw new Error('There is no such call.');
      const call = await host((client) => client.calls.detail({ id: callId.data }));
      if (call.direction === 'out')
        throw new Error('Rules are about the calls of others; this one was yours.');
      return ruleOfCall({ ...call, request: call.masked ? null : call.request });
    };
    read().then(
      (start) => {
        if (current) setForm(start);
      },
      (caught: unknown) => {
        if (current) setError(sentenceOf(caught));
      },
    );
    return () => {
      current = false;
    };
  }, [host, session, kind, id]);
  return { form, error };
}
