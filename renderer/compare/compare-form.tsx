import { useState } from 'react';
import { CompareRequest, Way } from '../../shared/compare.ts';
import { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input, Select } from '../parts/field.tsx';
import { Card } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useIsLive } from '../state/hooks.ts';
import { peerLabel } from '../words/peer-names.ts';
import { peerStateWords } from '../words/sentences.ts';
import { isDawnNode } from '../words/transports.ts';
import { wayWords } from '../words/ways.ts';
import { TargetFields, type ReadTarget } from './target-fields.tsx';

interface CompareFormProps {
  contacts: readonly PeerView[];
  /** The peer id that the address names; null where it names none. */
  wanted: string | null;
  running: boolean;
  onRun: (request: CompareRequest) => void;
}

const amounts = {
  calls: { label: 'Calls, over each way', hint: '1 to 10,000', start: '100' },
  concurrency: { label: 'At once', hint: '1 to 256', start: '1' },
  bytes: { label: 'Bytes in a line', hint: '16 to 1,048,576', start: '1024' },
} as const;
type Amount = keyof typeof amounts;
const AMOUNTS = ['calls', 'concurrency', 'bytes'] as const;

/** Whom, what, and how often. */
export function CompareForm({ contacts, wanted, running, onRun }: CompareFormProps) {
  const isLive = useIsLive();
  const [peerId, setPeerId] = useState(() => firstOf(contacts, wanted));
  const [agent, setAgent] = useState('');
  const [texts, setTexts] = useState<Record<Amount, string>>({
    calls: amounts.calls.start,
    concurrency: amounts.concurrency.start,
    bytes: amounts.bytes.start,
  });
  const [ways, setWays] = useState<readonly Way[]>(Way.options);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [readTarget, setReadTarget] = useState<ReadTarget>(() => () => null);
  const peer = contacts.find((contact) => contact.peerId === peerId);

  const submit = () => {
    const target = agent === '' ? null : readTarget();
    if (agent !== '' && target === null) return;
    const parsed = CompareRequest.safeParse({
      peerId,
      target,
      calls: numberOf(texts.calls),
      concurrency: numberOf(texts.concurrency),
      bytes: numberOf(texts.bytes),
      ways: ways.length === Way.options.length ? null : ways,
    });
    setErrors(parsed.success ? {} : sentencesOf(parsed.error.issues.map(({ path }) => String(path[0]))));
    if (parsed.success) onRun(parsed.data);
  };

  return (
    <Card className="p-4">
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!running) submit();
        }}
      >
        <div className="grid gap-4 mid:grid-cols-2">
          <Field label="Peer">
            {(control) => (
              <Select
                {...control}
                value={peerId}
                disabled={running}
                onChange={(event) => {
                  setPeerId(event.target.value);
                  setAgent('');
                }}
              >
                {contacts.map((contact) => (
                  <option key={contact.peerId} value={contact.peerId}>
                    {peerLabel(contact, contact.peerId)}
                    {contact.state === 'connected' ? '' : ` (${peerStateWords(contact)})`}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="What is called">
            {(control) => (
              <Select
                {...control}
                value={agent}
                disabled={running}
                onChange={(event) => setAgent(event.target.value)}
              >
                <option value="">
                  {peer !== undefined && isDawnNode(peer)
                    ? 'No agent: it says what it is'
                    : 'No agent: lines that it sends back'}
                </option>
                {peer?.agents.map(({ name }) => (
                  <option key={name} value={name}>
                    A tool of {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        {agent === '' || peer === undefined ? null : (
          <TargetFields
            key={`${peerId}/${agent}`}
            peer={peer}
            agent={agent}
            onReader={(read) => setReadTarget(() => read)}
          />
        )}
        <div className="grid grid-cols-2 gap-4 mid:grid-cols-3">
          {AMOUNTS.filter((name) => name !== 'bytes' || agent === '').map((name) => (
            <Field key={name} label={amounts[name].label} hint={amounts[name].hint} error={errors[name]}>
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  className="numbers"
                  value={texts[name]}
                  disabled={running}
                  onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <WayChoice ways={ways} disabled={running} onChange={setWays} />
        <Problem text={errors['ways'] ?? errors['peerId'] ?? null} />
        <div>
          <Button type="submit" kind="primary" disabled={!isLive || running}>
            {running ? 'Comparing…' : 'Compare'}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function WayChoice({
  ways,
  disabled,
  onChange,
}: {
  ways: readonly Way[];
  disabled: boolean;
  onChange: (ways: readonly Way[]) => void;
}) {
  return (
    <fieldset disabled={disabled} className="flex flex-wrap gap-x-4 gap-y-1">
      <legend className="float-left mb-1 w-full font-medium">Ways, those that can be had</legend>
      {Way.options.map((way) => (
        <label key={way} className="flex items-center gap-1.5" title={wayWords[way].meaning}>
          <input
            type="checkbox"
            className="accent-accent"
            checked={ways.includes(way)}
            onChange={(event) =>
              onChange(
                Way.options.filter((option) =>
                  option === way ? event.target.checked : ways.includes(option),
                ),
              )
            }
          />
          {wayWords[way].name}
        </label>
      ))}
    </fieldset>
  );
}

const firstOf = (contacts: readonly PeerView[], wanted: string | null): string =>
  (
    contacts.find(({ peerId }) => peerId === PeerId.safeParse(wanted).data) ??
    contacts.find(({ state }) => state === 'connected') ??
    contacts[0]
  )?.peerId ?? '';

const numberOf = (text: string): number =>
  text.trim() === '' ? Number.NaN : Number(text.replaceAll(',', ''));

/** What is wrong, by the field that it is about. */
function sentencesOf(fields: readonly string[]): Record<string, string> {
  const sentence = (field: string): string => {
    const name = AMOUNTS.find((known) => known === field);
    if (name !== undefined) return `A whole number from ${amounts[name].hint}.`;
    return field === 'ways' ? 'Choose one way at least.' : 'This cannot be compared.';
  };
  return Object.fromEntries(fields.map((field) => [field, sentence(field)]));
}
