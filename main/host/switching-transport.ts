import type { Notice } from '../../shared/live.ts';
import type { Settings } from '../../shared/settings.ts';
import type { LiveStore } from './live/index.ts';
import { NetworkError, type Network } from './network/index.ts';
import type { Records } from './records/index.ts';
import type { SettingsInForce } from './settings-in-force.ts';

export interface SwitchModules {
  readonly network: Network;
  readonly live: LiveStore;
  readonly records: Records;
  readonly inForce: SettingsInForce;
  readonly notice: (id: string, level: Notice['level'], text: string) => void;
  readonly dismiss: (id: string) => void;
}

const NOTICE = 'transport';

/**
 * Has the network use another transport. Nobody waits for it: what is switched off lets its calls end first, and each
 * transport says how far it is. Where what was chosen cannot run, what ran goes on; the setting then says so again.
 */
export async function switchTransport(
  { network, live, records, inForce, notice, dismiss }: SwitchModules,
  before: Settings,
  now: Settings,
): Promise<void> {
  try {
    await network.setTransport(now.transport);
    dismiss(NOTICE);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // Something else was chosen meanwhile.
    if (live.settings.transport !== now.transport) return;
    notice(NOTICE, 'error', `The transport stays as it was: ${error.message}`);
    const settings = inForce.over(records.settings.set({ transport: before.transport }));
    live.set({ of: 'settings', value: settings });
  }
}
