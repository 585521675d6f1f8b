import type { RunSettings } from '../host/index.ts';

/** What keeps the hosts of the demo to this machine, whatever the environment says. */
export function onThisMachineOnly(listen: readonly string[]): RunSettings {
  const values = {
    listen: [...listen],
    announce: [],
    bootstrap: [],
    stun: [],
    mdns: false,
    dht: false,
    gossip: false,
    upnp: false,
    relays: false,
  };
  return { values, overrides: Object.fromEntries(Object.keys(values).map((key) => [key, '--demo'])) };
}
