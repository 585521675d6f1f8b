import { hash } from 'node:crypto';
import type { AgentName } from '../../../shared/ids.ts';
import type { GateQuestion, PinStore } from './index.ts';

interface Granted {
  readonly agent: AgentName;
  readonly tool: string;
  readonly pin: string;
  readonly definition: string | null;
  readonly at: number;
  /** What was granted before no longer is. Otherwise that stays: what is allowed once, or for a while, is no grant for others. */
  readonly moves: boolean;
}

/** The definition of the tool that was asked about; null where it is not known, or is another by now. */
export function definitionOf({ pin, definition }: GateQuestion): string | null {
  const text = definition?.() ?? null;
  // A difference, or a grant, must be about no other definition than that of the pin.
  return text !== null && hash('sha256', text, 'hex') === pin ? text : null;
}

/**
 * Remembers what was granted, with its definition. Rules without a pin of their own, and what trust alone allows, hold
 * for that definition, whoever it was granted to. The time of the first grant stays while the definition does.
 * @throws what the store throws
 */
export function grantPin(pins: PinStore, { agent, tool, pin, definition, at, moves }: Granted): void {
  const granted = pins.get(agent, tool);
  if (granted !== pin) {
    if (granted === null || moves) pins.put(agent, tool, { pin, definition, at });
    return;
  }
  if (definition === null) return;
  const before = pins.pinned(agent, tool);
  if (before?.definition != null) return;
  pins.put(agent, tool, { pin, definition, at: before?.at ?? at });
}
