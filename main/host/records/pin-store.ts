import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { AgentName } from '../../../shared/ids.ts';
import type { PinStore } from '../gate/index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ agent: z.string(), tool: z.string(), pin: z.string() });

/** The definition hash of each tool when it was first granted. Read from memory: the gate asks at every call. */
export class SqlitePinStore implements PinStore {
  readonly #save: Save;
  readonly #put: StatementSync;
  readonly #removeAgent: StatementSync;
  readonly #pins = new Map<string, Map<string, string>>();

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#put = database.prepare('INSERT OR REPLACE INTO pins (agent, tool, pin) VALUES (?, ?, ?)');
    this.#removeAgent = database.prepare('DELETE FROM pins WHERE agent = ?');
    for (const row of z.array(Row).parse(database.prepare('SELECT * FROM pins').all())) {
      this.#remember(row.agent, row.tool, row.pin);
    }
  }

  get(agent: AgentName, tool: string): string | null {
    return this.#pins.get(agent)?.get(tool) ?? null;
  }

  put(agent: AgentName, tool: string, pin: string): void {
    this.#save.now(() => this.#put.run(agent, tool, pin));
    this.#remember(agent, tool, pin);
  }

  removeAgent(agent: AgentName): void {
    this.#pins.delete(agent);
    this.#save.surely(`pins ${agent}`, () => this.#removeAgent.run(agent));
  }

  #remember(agent: string, tool: string, pin: string): void {
    let tools = this.#pins.get(agent);
    if (tools === undefined) {
      tools = new Map();
      this.#pins.set(agent, tools);
    }
    tools.set(tool, pin);
  }
}
