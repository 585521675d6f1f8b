import { Risk } from '../../../shared/gate.ts';
import { RISK_META, TICKET, TICKET_META } from '../../../shared/wire.ts';
import { isRecord, type Params } from './mcp-message.ts';

/** Revision of the era without sessions; the only one of that era that is served. */
export const DISCOVER_ERA = '2026-07-28';

const PREFIX = 'io.modelcontextprotocol/';
const VERSION = `${PREFIX}protocolVersion`;
const CLIENT = `${PREFIX}clientInfo`;
const CAPABILITIES = `${PREFIX}clientCapabilities`;

/** The version a request of the era without sessions names (MCP 2026-07-28, per-request metadata); else null. */
export function statedVersion(params: Params | undefined): string | null {
  const meta = params?.['_meta'];
  const version = isRecord(meta) ? meta[VERSION] : undefined;
  return typeof version === 'string' ? version : null;
}

/**
 * What of a caller's `_meta` reaches the agent. The person is not shown it, so only the protocol's own fields
 * pass, each rebuilt from what is known of it.
 */
export function passedMeta(meta: unknown): { _meta?: Params } {
  if (!isRecord(meta)) return {};
  const passed: Params = {};
  const token = meta['progressToken'];
  if (typeof token === 'string' || typeof token === 'number') passed['progressToken'] = token;
  if (meta[VERSION] === DISCOVER_ERA) {
    passed[VERSION] = DISCOVER_ERA;
    passed[CLIENT] = clientOf(meta[CLIENT]);
    passed[CAPABILITIES] = capabilitiesOf(meta[CAPABILITIES]);
  }
  return Object.keys(passed).length === 0 ? {} : { _meta: passed };
}

const clientOf = (given: unknown): Params => {
  const text = (value: unknown, max: number): string =>
    typeof value === 'string' ? value.slice(0, max).toWellFormed() : '';
  return isRecord(given)
    ? { name: text(given['name'], 200), version: text(given['version'], 100) }
    : { name: '', version: '' };
};

/** What an agent may ask of its caller, with the parts it may have. */
const CAPABILITY_PARTS: Record<string, readonly string[]> = {
  elicitation: ['form', 'url'],
  sampling: ['context', 'tools'],
  roots: [],
};

function capabilitiesOf(given: unknown): Params {
  if (!isRecord(given)) return {};
  const passed: Params = {};
  for (const [name, parts] of Object.entries(CAPABILITY_PARTS)) {
    const capability = given[name];
    if (!isRecord(capability)) continue;
    passed[name] = Object.fromEntries(
      parts.filter((part) => isRecord(capability[part])).map((part) => [part, {}]),
    );
  }
  return passed;
}

/** The caller's name for the call; undefined where it gives none, null where what it gives is none. */
export function ticketOf(params: Params | undefined): string | null | undefined {
  const meta = params?.['_meta'];
  const ticket = isRecord(meta) ? meta[TICKET_META] : undefined;
  if (ticket === undefined) return undefined;
  return typeof ticket === 'string' && TICKET.test(ticket) ? ticket : null;
}

/** How bad the caller says that the call is; null where it says nothing, or nothing that can be understood. */
export function raisedRisk(params: Params | undefined): Risk | null {
  const meta = params?.['_meta'];
  const risk = isRecord(meta) ? meta[RISK_META] : undefined;
  return risk === undefined ? null : (Risk.safeParse(risk).data ?? null);
}
