import { isAddressFor } from '../../host/setting-addresses.ts';
import { isNodeId, shown } from './dawn-bootstrap.ts';
import type { DawnFile } from './dawn-folder.ts';
import { fieldsOf, listOf, parseJson, type JsonObject } from './dawn-json.ts';
import { refused } from './refusal.ts';

export const DAWN_TRUST = ['untrusted', 'unknown', 'verified', 'trusted', 'bootstrap'] as const;
export type DawnTrust = (typeof DAWN_TRUST)[number];

export interface TrustEntry {
  readonly nodeId: string;
  readonly trust: DawnTrust;
  /** Where the file says that the node is. */
  readonly address: string | null;
}

const CONTAINERS = ['nodes', 'peers', 'trust', 'trust_levels', 'entries'];
const LEVELS = ['trust_level', 'level', 'trust', 'status'];
/** Facts of the file itself. */
const OF_THE_FILE = new Set(['version', 'node_id', 'created_at', 'updated_at', 'saved_at', 'last_updated']);
const MAX_ENTRIES = 1000;
const EXPECTED = `An object is expected with a node id of 64 hex characters as each name, and ${DAWN_TRUST.join(', ')} as each value.`;

/** @throws {CliError} where the file is none, or says two things of one node */
export function readTrustFile(file: DawnFile): TrustEntry[] {
  const json = parseJson(file.bytes.toString('utf8'));
  const entries = entriesIn(file.name, json);
  if (entries.length > MAX_ENTRIES)
    throw refused(
      `${file.name} lists ${entries.length} nodes; ${MAX_ENTRIES} are the most that can be imported.`,
    );
  const known = new Map<string, TrustEntry>();
  for (const entry of entries) {
    const before = known.get(entry.nodeId);
    if (before !== undefined && before.trust !== entry.trust)
      throw refused(`${file.name} says both ${before.trust} and ${entry.trust} of the node ${entry.nodeId}.`);
    known.set(entry.nodeId, { ...entry, address: entry.address ?? before?.address ?? null });
  }
  return [...known.values()];
}

function entriesIn(file: string, json: unknown): TrustEntry[] {
  const list = listOf(json);
  if (list !== null) return ofList(file, list);
  const fields = fieldsOf(json);
  if (fields === null) throw refused(`${file} is no JSON that can be read. ${EXPECTED}`);
  const inside = CONTAINERS.filter((name) => typeof (fields.get(name) ?? '') === 'object');
  if (inside.length > 1)
    throw refused(`${file} has both ${inside.join(' and ')}, so it is not clear which counts.`);
  const [container] = inside;
  if (container === undefined) return ofObject(file, fields);
  const value = fields.get(container);
  const nested = listOf(value);
  return nested === null ? ofObject(file, fieldsOf(value) ?? new Map()) : ofList(file, nested);
}

const ofList = (file: string, list: readonly unknown[]): TrustEntry[] =>
  list.map((entry) => {
    const fields = fieldsOf(entry);
    const id = fields?.get('node_id');
    if (fields === null || !isNodeId(id))
      throw refused(`${file} has ${shown(entry)}, which names no node. ${EXPECTED}`);
    return entryOf(file, id, entry);
  });

const ofObject = (file: string, fields: JsonObject): TrustEntry[] =>
  [...fields].flatMap(([name, value]) => {
    if (isNodeId(name)) return [entryOf(file, name, value)];
    // The other way round: the nodes of each level.
    const ids = listOf(value);
    if (levelOf(name) !== null && ids !== null) return ids.map((id) => ofLevel(file, name, id));
    if (OF_THE_FILE.has(name)) return [];
    throw refused(`${file} has ${shown(name)}, which is no node id. ${EXPECTED}`);
  });

function ofLevel(file: string, level: string, id: unknown): TrustEntry {
  if (!isNodeId(id))
    throw refused(`${file} has ${shown(id)} under ${shown(level)}, which is no node id. ${EXPECTED}`);
  return entryOf(file, id, level);
}

function entryOf(file: string, nodeId: string, value: unknown): TrustEntry {
  const fields = fieldsOf(value);
  const given =
    fields === null ? value : LEVELS.map((name) => fields.get(name)).find((level) => level !== undefined);
  const trust = levelOf(given);
  if (trust === null)
    throw refused(`${file} has ${shown(given)} as the trust of the node ${nodeId}. ${EXPECTED}`);
  const address = fields?.get('address') ?? null;
  if (address !== null && (typeof address !== 'string' || !isAddressFor('webSocketPeers', address)))
    throw refused(
      `${file} has ${shown(address)} as the address of the node ${nodeId}, which is no WebSocket address.`,
    );
  return { nodeId: nodeId.toLowerCase(), trust, address: address === null ? null : bare(address) };
}

const bare = (address: string): string => (address.split('#')[0] ?? '').replace(/\/$/, '');

const levelOf = (value: unknown): DawnTrust | null =>
  typeof value === 'string'
    ? (DAWN_TRUST.find((level) => level === value.trim().toLowerCase()) ?? null)
    : null;
