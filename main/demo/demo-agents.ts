import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AgentSpec } from '../../shared/agents.ts';
import { AgentName } from '../../shared/ids.ts';

/** A Node to run programs with, and the entry of this program. */
export interface DemoProgram {
  readonly node: string;
  readonly entry: string;
}

type Kind = 'everything' | 'memory' | 'files';

/**
 * An agent for the demo: a real MCP server where its package is there, as it is in a checkout, else a small one
 * of our own.
 */
export function demoAgent(kind: Kind, root: string, program: DemoProgram): AgentSpec {
  const folder = join(root, `${kind}-scratch`);
  mkdirSync(folder, { recursive: true });
  if (kind === 'files') {
    writeFileSync(join(folder, 'welcome.txt'), 'This folder belongs to the demo and goes with it.\n');
    writeFileSync(join(folder, 'shopping.txt'), 'bread\nolives\npencils\n');
  }
  const real = {
    everything: { package: 'server-everything', args: ['stdio'], env: {} },
    memory: { package: 'server-memory', args: [], env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } },
    files: { package: 'server-filesystem', args: [folder], env: {} },
  }[kind];
  const script = entryOf(`@modelcontextprotocol/${real.package}`);
  const args = script === null ? [program.entry, 'demo-agent'] : [script, ...real.args];
  return {
    name: AgentName.parse(script === null ? `${kind}-demo` : kind),
    description: 'Part of the demo; gone when you quit.',
    tags: ['demo'],
    source: { kind: 'stdio', command: program.node, args, env: real.env, cwd: folder },
    autostart: true,
    announced: false,
    bodies: null,
  };
}

const Manifest = z.object({ bin: z.record(z.string(), z.string()) });

function entryOf(name: string): string | null {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`${name}/package.json`);
    const [bin] = Object.values(Manifest.parse(require(manifest)).bin);
    return bin === undefined ? null : join(dirname(manifest), bin);
  } catch {
    return null;
  }
}

export interface DemoCall {
  readonly tool: string;
  readonly args: Record<string, unknown>;
}

const WORDS = ['bread', 'olives', 'a kite', 'the bridge', 'tea at four', 'blue paint'];
const FOLKS = ['Mara', 'Ilse', 'Tomás', 'Noor'];

/** Tools that neither change nor tell anything: one of them is called without asking, see standing-permission.ts. */
export const HARMLESS_TOOLS: ReadonlySet<string> = new Set(['get-sum', 'add']);

/** Which calls: only harmless ones, all but these, or whatever the agent can do. */
export type CallsFor = 'harmless' | 'questions' | 'any';

/** Something sensible to ask an agent of the demo; `turn` counts up and picks it. */
export function demoCall(agent: string, scratch: string, turn: number, kind: CallsFor): DemoCall {
  const word = WORDS[turn % WORDS.length] ?? '';
  const who = FOLKS[turn % FOLKS.length] ?? '';
  const calls: Readonly<Record<string, readonly DemoCall[]>> = {
    everything: [
      { tool: 'echo', args: { message: `Do we still need ${word}?` } },
      { tool: 'get-sum', args: { a: turn, b: 17 } },
      { tool: 'get-annotated-message', args: { messageType: 'success', includeImage: false } },
    ],
    memory: [
      {
        tool: 'create_entities',
        args: { entities: [{ name: who, entityType: 'person', observations: [`likes ${word}`] }] },
      },
      { tool: 'search_nodes', args: { query: who } },
      { tool: 'read_graph', args: {} },
    ],
    files: [
      { tool: 'list_directory', args: { path: scratch } },
      { tool: 'write_file', args: { path: join(scratch, 'note.txt'), content: `Remember ${word}.\n` } },
      { tool: 'read_text_file', args: { path: join(scratch, 'shopping.txt') } },
    ],
  };
  const ours = [
    { tool: 'note_down', args: { note: `Remember ${word}.` } },
    { tool: 'add', args: { a: turn, b: 17 } },
    { tool: 'tell_time', args: {} },
  ];
  const all = calls[agent] ?? ours;
  const fits = all.filter(({ tool }) => kind === 'any' || HARMLESS_TOOLS.has(tool) === (kind === 'harmless'));
  return fits[turn % fits.length] ?? { tool: 'tell_time', args: {} };
}
