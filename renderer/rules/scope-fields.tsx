import { useId, useMemo } from 'react';
import type { Tool } from '../../shared/agents.ts';
import { Field, Input, Select } from '../parts/field.tsx';
import { useLive } from '../state/hooks.ts';
import { shown } from '../words/shown.ts';
import { comparePeers, peerLabel } from '../words/peer-names.ts';
import type { RuleErrors, RuleForm } from './rule-form.ts';

export interface FieldsProps {
  readonly form: RuleForm;
  readonly errors: RuleErrors;
  readonly set: (change: Partial<RuleForm>) => void;
}

const OTHER = 'other';

/** Whom it is about: a peer, all of one trust, or anybody. */
export function WhoField({ form, errors, set }: FieldsProps) {
  const peers = useLive((live) => live.peers);
  const contacts = useMemo(
    () =>
      Object.values(peers)
        .filter(({ trust }) => trust !== 'unknown')
        .toSorted(comparePeers),
    [peers],
  );
  const isContact = contacts.some(({ peerId }) => peerId === form.peerId);
  const value = form.who === 'peer' ? (isContact ? form.peerId : OTHER) : form.who;
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Who"
        {...(form.who === 'unknown' && form.effect !== 'deny'
          ? { hint: 'Unknown peers are denied before rules that allow or ask are looked at.' }
          : {})}
      >
        {(control) => (
          <Select
            {...control}
            value={value}
            onChange={(event) => {
              const { value: chosen } = event.target;
              if (chosen === 'any' || chosen === 'known' || chosen === 'trusted' || chosen === 'unknown')
                set({ who: chosen });
              else set({ who: 'peer', peerId: chosen === OTHER ? '' : chosen });
            }}
          >
            <option value="any">Any peer</option>
            <option value="trusted">Any trusted peer</option>
            <option value="known">Any known peer</option>
            <option value="unknown">Any unknown peer</option>
            <optgroup label="Peers">
              {contacts.map((peer) => (
                <option key={peer.peerId} value={peer.peerId}>
                  {peerLabel(peer, peer.peerId)}
                </option>
              ))}
              <option value={OTHER}>Another peer, by its id</option>
            </optgroup>
          </Select>
        )}
      </Field>
      {value === OTHER ? (
        <Field label="Peer id" error={errors['peerId']}>
          {(control) => (
            <Input
              {...control}
              className="font-mono text-sm"
              value={form.peerId}
              placeholder="12D3Koo…"
              onChange={(event) => set({ peerId: event.target.value })}
            />
          )}
        </Field>
      ) : null}
    </div>
  );
}

/** Which agent and tool; what is known is proposed, and anything can be typed. */
export function WhatFields({ form, errors, set, tools }: FieldsProps & { tools: readonly Tool[] }) {
  const agents = useLive((live) => live.agents);
  const summaries = agents[form.agent.trim()]?.tools ?? [];
  const names = tools.length > 0 ? tools.map(({ name }) => name) : summaries.map(({ name }) => name);
  const id = useId();
  return (
    <div className="grid gap-3 mid:grid-cols-2">
      <Field label="Agent" hint="Empty: any agent." error={errors['agent']}>
        {(control) => (
          <>
            <Input
              {...control}
              value={form.agent}
              maxLength={40}
              list={`${id}-agents`}
              placeholder="any agent"
              onChange={(event) => set({ agent: event.target.value })}
            />
            <datalist id={`${id}-agents`}>
              {Object.keys(agents).map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Tool" hint="Empty: any tool." error={errors['tool']}>
        {(control) => (
          <>
            <Input
              {...control}
              value={form.tool}
              maxLength={2300}
              list={`${id}-tools`}
              placeholder="any tool"
              onChange={(event) => set({ tool: event.target.value })}
            />
            <datalist id={`${id}-tools`}>
              {names
                .filter((name) => shown(name) === name)
                .map((name) => (
                  <option key={name} value={name} />
                ))}
            </datalist>
          </>
        )}
      </Field>
    </div>
  );
}
