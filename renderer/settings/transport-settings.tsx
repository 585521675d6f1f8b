import { useId } from 'react';
import type { Settings } from '../../shared/settings.ts';
import { TransportChoice } from '../../shared/transports.ts';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { MIGRATION } from '../network/places.ts';
import { TransportNews } from '../parts/transport-news.tsx';
import { choiceWords } from '../words/transports.ts';
import { Group, hinted, ListSetting } from './controls.tsx';
import { AT_NEXT_START, useLock, type Change, type Save } from './setting.ts';
import { TlsSetting } from './tls-setting.tsx';

interface TransportSettingsProps {
  settings: Settings;
  save: Save;
  saveNow: (change: Change) => void;
}

/** What carries calls, and where each transport listens. */
export function TransportSettings({ settings, save, saveNow }: TransportSettingsProps) {
  return (
    <Group title="Network: transport">
      <Choice value={settings.transport} onChoose={(transport) => saveNow({ transport })} />
      <ListSetting
        label="Listen on"
        hint={`For libp2p. One address a line. Empty: everywhere, on ports 4001 and 4002. ${AT_NEXT_START}`}
        field="listen"
        value={settings.listen}
        placeholder="/ip4/0.0.0.0/tcp/4001"
        save={save}
      />
      <ListSetting
        label="WebSocket: listen on"
        hint="One host:port a line. Empty: everywhere, on port 8000."
        field="webSocketListen"
        value={settings.webSocketListen}
        placeholder="0.0.0.0:8000"
        save={save}
      />
      <TlsSetting value={settings.webSocketTls} save={save} />
      <ListSetting
        label="WebSocket: peers"
        hint="One address a line, of Dawn nodes and others. A link to each is kept. It may end with # and the id of who is there; without, it is whoever answers."
        field="webSocketPeers"
        value={settings.webSocketPeers}
        placeholder="ws://192.0.2.7:8000"
        save={save}
      />
    </Group>
  );
}

function Choice({
  value,
  onChoose,
}: {
  value: TransportChoice;
  onChoose: (choice: TransportChoice) => void;
}) {
  const lock = useLock('transport');
  const transports = useLive((live) => live.host.transports);
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-1.5" aria-describedby={`${id}-hint`} disabled={lock.disabled}>
      <legend className="float-left mb-1.5 w-full font-medium">Calls go over</legend>
      {TransportChoice.options.map((choice) => {
        const { name, meaning } = choiceWords[choice];
        return (
          <label key={choice} className={`flex items-start gap-2.5 ${lock.disabled ? 'opacity-60' : ''}`}>
            <input
              type="radio"
              name={id}
              className="mt-1 accent-accent"
              checked={value === choice}
              onChange={() => onChoose(choice)}
            />
            <span className="min-w-0">
              <span className="font-medium">{name}</span>
              <span className="block text-sm text-dim">{meaning}</span>
            </span>
          </label>
        );
      })}
      <p id={`${id}-hint`} className="text-sm text-dim">
        {hinted(
          <>
            A switch takes effect at once: calls under way end first, or move over.{' '}
            <a href={href('network', MIGRATION)}>Who depends on WebSocket</a>
          </>,
          lock.by,
        )}
      </p>
      <TransportNews transports={transports} label="State of the transports" />
    </fieldset>
  );
}
