import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { AgentName } from '../../../shared/ids.ts';
import type { Pinned, PinStore } from '../gate/index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ agent: z.string(), tool: z.string(), pin: z.string() });
const Rest = z.object({ definition: z.string().nullable(), at: z.number().nullable() });

/**
 * The definition of each tool when it was first granted. Its hash is read from memory, since the gate asks at every
 * call; the definition is read when somebody looks.
 */
export class SqlitePinStore implements PinStore {
  readonly #save: Save;
  readonly #put: StatementSync;
  readonly #select: StatementSync;
  readonly #removeAgent: StatementSync;
  readonly #pins = new Map<string, Map<string, string>>();

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO pins (agent, tool, pin, definition, at) VALUES (?, ?, ?, ?, ?)',
    );
    this.#select = database.prepare('SELECT definition, at FROM pins WHERE agent = ? AND tool = ?');
    this.#removeAgent = database.prepare('DELETE FROM pins WHERE agent = ?');
    const rows = database.prepare('SELECT agent, tool, pin FROM pins').all();
    for (const row of z.array(Row).parse(rows)) this.#remember(row.agent, row.tool, row.pin);
  }

  get(agent: AgentName, tool: string): string | null {
    return this.#pins.get(agent)?.get(tool) ?? null;
  }

  pinned(agent: AgentName, tool: string): Pinned | null {
    const pin = this.get(agent, tool);
    if (pin === null) return null;
    return { pin, ...(Rest.safeParse(this.#select.get(agent, tool)).data ?? { definition: null, at: null }) };
  }

  put(agent: AgentName, tool: string, { pin, definition, at }: Pinned): void {
    this.#save.now(() => this.#put.run(agent, tool, pin, definition, at));
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
