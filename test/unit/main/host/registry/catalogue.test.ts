import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../../../../main/host/registry/catalogue.ts';
import { capabilitiesOf } from '../../../../../main/host/registry/capabilities.ts';
import { AgentName, PeerId } from '../../../../../shared/ids.ts';
import { RegistryQuery, type SeenAgent } from '../../../../../shared/registry.ts';

const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** A peer id for each number. */
const peer = (at: number): PeerId => {
  const tail = [58 ** 2, 58, 1].map((place) => LETTERS[Math.floor(at / place) % 58]).join('');
  return PeerId.parse(`12D3Koo${'W'.repeat(42)}${tail}`);
};
const seen = (change: Partial<Omit<SeenAgent, 'agent'>> & { agent?: string } = {}): SeenAgent => ({
  peerId: peer(1),
  description: '',
  version: '1',
  tools: [],
  tags: [],
  source: 'network',
  heardBy: 'gossip',
  verified: 'announcement',
  sequence: 1,
  seenAt: 1000,
  expiresAt: null,
  ...change,
  agent: AgentName.parse(change.agent ?? 'weather'),
});
const query = (text: Partial<RegistryQuery> = {}): RegistryQuery => RegistryQuery.parse(text);

function filled(...agents: SeenAgent[]): Catalogue {
  const catalogue = new Catalogue();
  for (const agent of agents) catalogue.put(agent);
  return catalogue;
}
const names = (found: readonly SeenAgent[]): string[] => found.map(({ agent }) => agent);

describe('the catalogue', () => {
  it('finds by every word, wherever it stands and however it is written', () => {
    const catalogue = filled(
      seen({ agent: 'Weather', description: 'Für Zürich', tools: ['get_forecast'], tags: ['Sky'] }),
      seen({ agent: 'files', tools: ['read_file'] }),
    );
    for (const text of ['weather', 'ZÜRICH', 'zu\u0308rich', 'forecast', 'sky für', ' weather  sky ']) {
      expect(names(catalogue.search(query({ text }), []))).toStrictEqual(['Weather']);
    }
    expect(catalogue.search(query({ text: 'weather file' }), [])).toStrictEqual([]);
    expect(catalogue.search(query(), [])).toHaveLength(2);
  });

  it('finds a tool or tag by its exact name', () => {
    const catalogue = filled(
      seen({ tools: ['read'], tags: ['sky'] }),
      seen({ agent: 'b', tools: ['read_file'] }),
    );
    expect(names(catalogue.search(query({ tool: 'read' }), []))).toStrictEqual(['weather']);
    expect(catalogue.search(query({ tool: 'Read' }), [])).toStrictEqual([]);
    expect(names(catalogue.search(query({ tag: 'sky' }), []))).toStrictEqual(['weather']);
    expect(catalogue.search(query({ tag: 'sk' }), [])).toStrictEqual([]);
  });

  it('has own ones first, then those of contacts, the newest first in each', () => {
    const catalogue = filled(
      seen({ agent: 'n-old', seenAt: 1 }),
      seen({ agent: 'c-old', source: 'contact', seenAt: 2 }),
      seen({ agent: 'n-new', seenAt: 9 }),
      seen({ agent: 'c-new', source: 'contact', seenAt: 8 }),
    );
    const own = [seen({ agent: 'own', source: 'own', seenAt: 0 })];
    expect(names(catalogue.search(query(), own))).toStrictEqual(['own', 'c-new', 'c-old', 'n-new', 'n-old']);
    expect(names(catalogue.search(query({ limit: 2 }), own))).toStrictEqual(['own', 'c-new']);
    expect(names(catalogue.search(query({ source: 'contact' }), own))).toStrictEqual(['c-new', 'c-old']);
  });

  it('keeps no more than 32 agents of a peer and 5,000 in all, and those of contacts the longest', () => {
    const catalogue = new Catalogue();
    for (let at = 0; at < 40; at += 1) catalogue.put(seen({ agent: `a${at}`, source: 'contact', seenAt: 0 }));
    expect(catalogue.size).toBe(32);
    for (let at = 0; at < 5100; at += 1) catalogue.put(seen({ peerId: peer(at + 2), seenAt: at }));
    expect(catalogue.size).toBe(5000);
    expect(catalogue.search(query({ source: 'contact' }), [])).toHaveLength(32);
    expect(catalogue.get(peer(2), AgentName.parse('weather'))).toBeUndefined();
    expect(catalogue.get(peer(5101), AgentName.parse('weather'))).toBeDefined();
  });

  it('keeps no more of one agent than 8 KiB of folded text, and 16 MiB of all, and none of it twice', () => {
    // One character that folding makes eighteen of.
    const long = '\uFDFA'.repeat(200);
    const tools = Array.from({ length: 9 }, (_, at) => `tool${at}${long}`);
    const catalogue = filled(seen({ description: 'sky', tools, tags: ['clouds'] }));
    expect(catalogue.search(query({ text: 'sky clouds tool0' }), [])).toHaveLength(1);
    expect(catalogue.search(query({ text: 'tool8' }), [])).toHaveLength(0);
    expect(catalogue.search(query({ tool: tools[8] ?? '' }), [])).toHaveLength(1);
    // The same one again and again takes no more room.
    for (let at = 0; at < 3000; at += 1) catalogue.put(seen({ peerId: peer(2), tools, seenAt: 1 }));
    expect(catalogue.size).toBe(2);
    for (let at = 3; at < 3000; at += 1) catalogue.put(seen({ peerId: peer(at), tools, seenAt: at }));
    // Two tools of 3,605 characters, of two bytes each.
    expect(catalogue.size).toBeLessThan((16 * 1024 * 1024) / (2 * 2 * 3600));
    expect(catalogue.size).toBeGreaterThan(1000);
    expect(catalogue.get(peer(2999), AgentName.parse('weather'))).toBeDefined();
  });

  it('searches 5,000 agents with many tools in an instant', () => {
    const catalogue = new Catalogue();
    const tools = Array.from({ length: 12 }, (_, at) => `some_long_name_of_a_tool_${at}`);
    for (let at = 0; at < 5000; at += 1)
      catalogue.put(seen({ peerId: peer(at), tools, description: `No ${at}` }));
    const times = Array.from({ length: 15 }, () => {
      const startedAt = performance.now();
      expect(catalogue.search(query({ text: 'tool_11 4999' }), [])).toHaveLength(1);
      return performance.now() - startedAt;
    });
    expect(Math.min(...times)).toBeLessThan(20);
  });

  it('forgets what it is told to', () => {
    const catalogue = filled(seen(), seen({ agent: 'b' }));
    catalogue.remove(peer(1), AgentName.parse('weather'));
    expect(catalogue.agentsOf(peer(1))).toStrictEqual(['b']);
    expect(catalogue.size).toBe(1);
  });
});

describe('what agents are announced for', () => {
  it('takes one of each agent in turn, 32 in all, and nothing twice', () => {
    const many = { tags: [], tools: Array.from({ length: 100 }, (_, at) => `t${at}`) };
    const few = { tags: ['sky'], tools: ['t0', 'forecast'] };
    const chosen = capabilitiesOf([many, few]);
    expect(chosen).toHaveLength(32);
    expect(chosen.slice(0, 4)).toStrictEqual([
      { kind: 'tool', name: 't0' },
      { kind: 'tag', name: 'sky' },
      { kind: 'tool', name: 't1' },
      { kind: 'tool', name: 't2' },
    ]);
    expect(chosen).toContainEqual({ kind: 'tool', name: 'forecast' });
    expect(capabilitiesOf([])).toStrictEqual([]);
  });
});
