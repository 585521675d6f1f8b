import { useEffect, useMemo, useRef, useState } from 'react';
import { CallId } from '../../shared/ids.ts';
import { ImaginedCall, type Explanation } from '../../shared/rules.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input, Select, TextArea } from '../parts/field.tsx';
import { Card, PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { comparePeers, peerLabel } from '../words/peer-names.ts';
import { ExplanationView } from './explanation-view.tsx';
import { readImagined, type ImaginedForm } from './imagined.ts';
import { RulesPlaces } from './rules-places.tsx';
import { placesIn, useOwnTools } from './use-own-tools.ts';

/** What would come of a call that nobody has made. Nothing runs and nothing is recorded. */
export function TryPage({ from }: { from: readonly string[] }) {
  return (
    <>
      <PageHead title="Rules" note={<RulesPlaces at="try" />} />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-8 mid:px-5">
        <Trial key={from.join('/')} from={from} />
      </div>
    </>
  );
}

function Trial({ from }: { from: readonly string[] }) {
  const peers = useLive((live) => live.peers);
  const agents = useLive((live) => live.agents);
  const host = useHost();
  const isLive = useIsLive();
  const contacts = useMemo(() => Object.values(peers).toSorted(comparePeers).slice(0, 500), [peers]);
  const [form, setForm] = useState<ImaginedForm>(() => ({
    peerId: contacts[0]?.peerId ?? '',
    agent: Object.keys(agents)[0] ?? '',
    tool: '',
    arguments: '{}',
    at: '',
  }));
  const [tried, setTried] = useState(false);
  const [found, setFound] = useState<Explanation | null>(null);
  const [callProblem, setCallProblem] = useState<string | null>(null);
  const result = useRef<HTMLDivElement>(null);
  const tools = useOwnTools(form.agent);
  const tool = tools.find(({ name }) => name === form.tool);
  const places = placesIn(tool?.inputSchema).filter((place) => !place.slice(1).includes('/'));
  const { call, errors } = readImagined(form);
  const explain = useAction(async () => {
    setTried(true);
    if (call === null) return;
    setFound(await host((client) => client.rules.explain(ImaginedCall.parse(call))));
    requestAnimationFrame(() => result.current?.scrollIntoView({ block: 'nearest' }));
  });
  const set = (change: Partial<ImaginedForm>) => {
    setForm((before) => ({ ...before, ...change }));
    setFound(null);
  };
  const callId = from[0] === 'call' ? from[1] : undefined;
  useEffect(() => {
    const id = CallId.safeParse(Number(callId));
    if (callId === undefined || !id.success) return undefined;
    let current = true;
    host((client) => client.calls.detail({ id: id.data })).then(
      ({ peerId, agent, tool: name, request }) => {
        if (current) setForm({ peerId, agent, tool: name, arguments: indented(request), at: '' });
      },
      () => {
        if (current) setCallProblem('The call could not be read.');
      },
    );
    return () => {
      current = false;
    };
  }, [host, callId]);
  const shownErrors = tried ? errors : {};
  return (
    <div className="grid max-w-280 items-start gap-6 wide:grid-cols-2">
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          explain.run();
        }}
      >
        <p className="text-dim">
          Describe a call, and see what would come of it and why. Nothing runs, and nothing is recorded.
        </p>
        <Problem text={callProblem} />
        <Field label="Who calls" error={shownErrors.peerId}>
          {(control) => (
            <Select
              {...control}
              value={form.peerId}
              onChange={(event) => set({ peerId: event.target.value })}
            >
              {contacts.length === 0 ? <option value="">Nobody is known yet</option> : null}
              {contacts.every(({ peerId }) => peerId !== form.peerId) && form.peerId !== '' ? (
                <option value={form.peerId}>{form.peerId}</option>
              ) : null}
              {contacts.map((peer) => (
                <option key={peer.peerId} value={peer.peerId}>
                  {peerLabel(peer, peer.peerId)} ({peer.trust})
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="grid gap-3 mid:grid-cols-2">
          <Field label="Agent" error={shownErrors.agent}>
            {(control) => (
              <>
                <Input
                  {...control}
                  value={form.agent}
                  maxLength={40}
                  list="try-agents"
                  onChange={(event) => set({ agent: event.target.value })}
                />
                <datalist id="try-agents">
                  {Object.keys(agents).map((name) => (
                    <option key={name} value={name} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field label="Tool" error={shownErrors.tool}>
            {(control) => (
              <>
                <Input
                  {...control}
                  value={form.tool}
                  maxLength={2300}
                  list="try-tools"
                  onChange={(event) => set({ tool: event.target.value })}
                />
                <datalist id="try-tools">
                  {tools.map(({ name }) => (
                    <option key={name} value={name} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
        </div>
        <Field
          label="Arguments"
          hint={
            places.length === 0
              ? 'As JSON.'
              : `As JSON. The tool knows ${places.map((place) => place.slice(1)).join(', ')}.`
          }
          error={shownErrors.arguments}
        >
          {(control) => (
            <TextArea
              {...control}
              rows={7}
              className="font-mono text-sm"
              value={form.arguments}
              onChange={(event) => set({ arguments: event.target.value })}
            />
          )}
        </Field>
        <Field label="At" hint="Empty: now. Counts for hours and for rules that end." error={shownErrors.at}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              className="numbers !w-56"
              value={form.at}
              onChange={(event) => set({ at: event.target.value })}
            />
          )}
        </Field>
        <Problem text={explain.error} />
        <Button type="submit" kind="primary" className="self-start" disabled={explain.busy || !isLive}>
          What would happen
        </Button>
      </form>
      <div ref={result} role="status" aria-label="What would happen">
        {found === null ? null : (
          <Card className="p-4">
            <ExplanationView explanation={found} />
          </Card>
        )}
      </div>
    </div>
  );
}

function indented(json: string | null): string {
  if (json === null) return '{}';
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
