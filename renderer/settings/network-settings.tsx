import type { Settings } from '../../shared/settings.ts';
import { FlagSetting, Group, ListSetting } from './controls.tsx';
import { AT_NEXT_START, type Change, type Save } from './setting.ts';
import { TransportSettings } from './transport-settings.tsx';

interface NetworkSettingsProps {
  settings: Settings;
  save: Save;
  saveNow: (change: Change) => void;
}

/** How others are found, how they are reached, and where this machine listens. */
export function NetworkSettings({ settings, save, saveNow }: NetworkSettingsProps) {
  return (
    <>
      <Group title="Network: finding others">
        <FlagSetting
          label="On this network"
          hint="By mDNS. They see this machine’s name and id, not its agents."
          field="mdns"
          value={settings.mdns}
          saveNow={saveNow}
        />
        <FlagSetting
          label="Anywhere, in the distributed table"
          hint="By Kad-DHT. Finds peers by their id and agents by what they can do; announced agents of yours are found so too."
          field="dht"
          value={settings.dht}
          saveNow={saveNow}
        />
        <FlagSetting
          label="By announcements"
          hint="By GossipSub. Hears which agents others announce, passes that on, and announces yours where you chose so."
          field="gossip"
          value={settings.gossip}
          saveNow={saveNow}
        />
        <ListSetting
          label="Bootstrap peers"
          hint="One address a line. A link to each is kept from the start; relays are found among them."
          field="bootstrap"
          value={settings.bootstrap}
          placeholder="/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…"
          save={save}
        />
      </Group>
      <Group title="Network: being reached">
        <FlagSetting
          label="Ask the router for ports"
          hint={`By UPnP. The ports are given back when Gatehouse quits. ${AT_NEXT_START}`}
          field="upnp"
          value={settings.upnp}
          saveNow={saveNow}
        />
        <FlagSetting
          label="Use relays"
          hint="Keeps a place on two, so that others reach you where no direct way exists. A relay sees who calls whom, and nothing of what is said."
          field="relays"
          value={settings.relays}
          saveNow={saveNow}
        />
        <ListSetting
          label="STUN servers"
          hint="One host:port a line, beside those of your relays. They tell this machine how it looks from outside."
          field="stun"
          value={settings.stun}
          placeholder="stun.example.org:3478"
          save={save}
        />
        <ListSetting
          label="Addresses to tell others"
          hint={`One a line, beside those that were proven; for a port that you forwarded by hand. ${AT_NEXT_START}`}
          field="announce"
          value={settings.announce}
          placeholder="/ip4/203.0.113.7/tcp/4001"
          save={save}
        />
      </Group>
      <TransportSettings settings={settings} save={save} saveNow={saveNow} />
    </>
  );
}
