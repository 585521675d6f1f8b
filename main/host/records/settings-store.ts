import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { defaultSettings, Settings, SettingsChange } from '../../../shared/settings.ts';
import type { SettingsStore } from './index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ key: z.string(), value: z.string() });

/** Settings, one row each: a value that no longer fits falls back to its default and takes no other with it. */
export class SqliteSettingsStore implements SettingsStore {
  readonly #save: Save;
  readonly #put: StatementSync;
  readonly #onChange: (settings: Settings) => void;
  #current: Settings;

  constructor(
    database: DatabaseSync,
    save: Save,
    defaultName: string,
    onChange: (settings: Settings) => void,
  ) {
    this.#save = save;
    this.#onChange = onChange;
    this.#put = database.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
    const name = Settings.shape.name.safeParse(defaultName.slice(0, 60));
    this.#current = defaultSettings(name.success ? name.data : 'Gatehouse');
    for (const row of z.array(Row).parse(database.prepare('SELECT key, value FROM settings').all())) {
      const value = parsed(row.value);
      const change = SettingsChange.safeParse({ [row.key]: value });
      if (value !== undefined && change.success)
        this.#current = Settings.parse({ ...this.#current, ...change.data });
    }
  }

  get(): Settings {
    return this.#current;
  }

  set(given: SettingsChange): Settings {
    const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const next = Settings.parse({ ...this.#current, ...change });
    this.#save.now(() => {
      for (const [key, value] of Object.entries(next)) {
        if (key in change) this.#put.run(key, JSON.stringify(value));
      }
    });
    this.#current = next;
    this.#onChange(next);
    return next;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
