import type { HostErrorCode } from '../../shared/contract.ts';
import { Settings, type SettingOverrides, type SettingsChange } from '../../shared/settings.ts';
import type { RunSettings } from './environment.ts';
import { wrongAddresses } from './setting-addresses.ts';

/** A change of settings that cannot be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code: Extract<HostErrorCode, 'CONFLICT' | 'INVALID'>;
  constructor(code: SettingsError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The stored settings, with what the environment and the command line decide for this run laid over them. */
export class SettingsInForce {
  readonly overrides: SettingOverrides;
  #values: SettingsChange;
  #cache: { stored: Settings; all: Settings } | null = null;

  constructor(run: RunSettings) {
    this.#values = run.values;
    this.overrides = run.overrides;
  }

  over(stored: Settings): Settings {
    if (this.#cache?.stored !== stored) {
      const given = Object.entries(this.#values).filter(([, value]) => value !== undefined);
      this.#cache = { stored, all: Settings.parse({ ...stored, ...Object.fromEntries(given) }) };
    }
    return this.#cache.all;
  }

  /** @throws {SettingsError} CONFLICT where something else decides one of them; INVALID */
  check(change: SettingsChange, current: Settings): void {
    for (const key of keysOf(change)) {
      const by = this.overrides[key];
      if (by === undefined) continue;
      // A form sends all it holds: what stays as it is needs no refusal, and is not stored.
      if (JSON.stringify(change[key]) !== JSON.stringify(current[key]))
        throw new SettingsError('CONFLICT', decidedBy(by));
    }
    const [wrong] = wrongAddresses(change);
    if (wrong !== undefined) throw new SettingsError('INVALID', wrong);
  }

  /**
   * The change that may be stored, and that counts from now on.
   * @throws {SettingsError} as `check`
   */
  accept(change: SettingsChange, current: Settings): SettingsChange {
    this.check(change, current);
    const accepted: SettingsChange = Object.fromEntries(
      keysOf(change)
        .filter((key) => this.overrides[key] === undefined)
        .map((key) => [key, change[key]]),
    );
    // What was only to start with gives way.
    this.#values = Object.fromEntries(Object.entries(this.#values).filter(([key]) => !(key in accepted)));
    this.#cache = null;
    return accepted;
  }
}

const keysOf = (change: SettingsChange): (keyof Settings)[] =>
  Settings.keyof().options.filter((key) => change[key] !== undefined);

/** Who decides a setting, and what to do about it. */
function decidedBy(name: string): string {
  return name.startsWith('--')
    ? `${name} on the command line decides this for as long as Gatehouse runs. Start it without to change it here.`
    : `${name} in the environment decides this for as long as Gatehouse runs. Change it there.`;
}
