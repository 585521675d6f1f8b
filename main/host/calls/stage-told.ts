import { STAGE_META } from '../../../shared/wire.ts';
import { isRecord, type Params } from './mcp-message.ts';

/** Where a call stands at the other side, as that says. */
export interface StageTold {
  readonly stage: 'waiting' | 'running' | 'reviewing';
  /** When the person there must have decided; null: it does not say. */
  readonly deadline: number | null;
  /** The person there changed the arguments. */
  readonly changed: boolean;
}

/** Nobody waits longer for a person, whatever the other side says. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/** Of the params of a progress notification: hostile. */
export function stageTold(params: Params | undefined): StageTold | null {
  const meta = params?.['_meta'];
  const told = isRecord(meta) ? meta[STAGE_META] : undefined;
  if (!isRecord(told)) return null;
  const { stage, deadline, changed } = told;
  if (stage !== 'waiting' && stage !== 'running' && stage !== 'reviewing') return null;
  const now = Date.now();
  const isTime = typeof deadline === 'number' && Math.abs(deadline - now) <= LONGEST_MS;
  return { stage, deadline: isTime && stage !== 'running' ? deadline : null, changed: changed === true };
}
