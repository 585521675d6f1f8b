import { isAddressFor } from '../../host/setting-addresses.ts';
import { visible } from '../names.ts';
import type { DawnFile } from './dawn-folder.ts';
import { fieldsOf, listOf, parseJson } from './dawn-json.ts';
import { refused } from './refusal.ts';

/** A node to begin with. */
export interface BootstrapEntry {
  readonly file: string;
  /** `ws://host:port`, without who is there. */
  readonly address: string;
  /** In hex, where the list says who is there. */
  readonly nodeId: string | null;
}

const LISTS = ['bootstrap', 'bootstrap_nodes', 'bootstrap_peers', 'bootstrap_list', 'nodes', 'peers'];
/** In a file of settings, `nodes` and `peers` could be anything. */
const LISTS_OF_SETTINGS = LISTS.filter((field) => field.startsWith('bootstrap'));
const ADDRESSES = ['address', 'url', 'uri'];
const MAX_ENTRIES = 1000;
const EXPECTED =
  'Addresses such as ws://192.0.2.7:8000 are expected: in a JSON list, as text or as {"address": …, "node_id": …}, or one on each line.';

/**
 * The bootstrap list in a file, if there is one.
 * @throws {CliError} where an entry is no address
 */
export function readBootstrapFile(file: DawnFile): BootstrapEntry[] {
  const entries = entriesIn(file);
  if (entries.length > MAX_ENTRIES)
    throw refused(`${file.name} lists ${entries.length} nodes; ${MAX_ENTRIES} are the most that make sense.`);
  return entries.map((entry) => entryOf(file.name, entry));
}

function entriesIn(file: DawnFile): readonly unknown[] {
  const text = file.bytes.toString('utf8').trim();
  const isText = file.kind === 'bootstrap' && !/^[[{"]/.test(text);
  if (isText)
    return text
      .split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== '');
  const json = parseJson(text);
  const list = listOf(json);
  if (list !== null && file.kind === 'bootstrap') return list;
  const fields = fieldsOf(json);
  if (fields === null) throw refused(`${file.name} is no JSON that can be read. ${EXPECTED}`);
  const names = file.kind === 'bootstrap' ? LISTS : LISTS_OF_SETTINGS;
  const found = names.flatMap((name) => (fields.has(name) ? [{ name, value: fields.get(name) }] : []));
  if (file.kind === 'config') return found.flatMap(({ name, value }) => entriesOf(file.name, name, value));
  const [only, another] = found;
  if (another !== undefined)
    throw refused(
      `${file.name} has more than one list (${found.map(({ name }) => name).join(', ')}), so it is not clear which counts.`,
    );
  return only === undefined ? byNode(file.name, json) : entriesOf(file.name, only.name, only.value);
}

function entriesOf(file: string, name: string, value: unknown): readonly unknown[] {
  if (value === null) return [];
  const list = listOf(value);
  if (list !== null) return list;
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((entry) => entry !== '');
  if (fieldsOf(value) !== null) return byNode(file, value);
  throw refused(`${file} has ${name}, which is no list. ${EXPECTED}`);
}

/** An object with a node id as each name, and an address, or an object with one, as each value. */
const byNode = (file: string, value: unknown): unknown[] =>
  [...(fieldsOf(value) ?? [])].map(([id, at]) => {
    if (!isNodeId(id)) throw refused(`${file} has ${shown(id)} where a node id is expected. ${EXPECTED}`);
    return typeof at === 'string'
      ? { address: at, node_id: id }
      : { ...Object.fromEntries(fieldsOf(at) ?? []), node_id: id };
  });

function entryOf(file: string, entry: unknown): BootstrapEntry {
  const fields = fieldsOf(entry);
  const given =
    fields === null ? entry : ADDRESSES.map((name) => fields.get(name)).find((at) => at !== undefined);
  if (typeof given !== 'string')
    throw refused(`${file} has an entry without an address: ${shown(entry)}. ${EXPECTED}`);
  const [address = '', fragment = ''] = withScheme(given.trim()).split('#');
  const id = fields?.get('node_id') ?? (fragment === '' ? null : fragment);
  if (!isAddressFor('webSocketPeers', address))
    throw refused(`${file} has ${shown(given)}, which is no WebSocket address. ${EXPECTED}`);
  if (id !== null && !isNodeId(id))
    throw refused(`${file} has ${shown(id)}, which is no node id of 64 hex characters.`);
  return { file, address: address.replace(/\/$/, ''), nodeId: id === null ? null : id.toLowerCase() };
}

/** Dawn's own lists leave it out now and then. */
const withScheme = (text: string): string => (/^[^\s/#:]+:\d{1,5}$/.test(text) ? `ws://${text}` : text);

export const isNodeId = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);

export const shown = (value: unknown): string => visible(JSON.stringify(value) ?? 'nothing', 120);
