/** Whatever an agent calls itself and however its texts are cut, what is shown has a canonical form. */
import { describe, expect, test } from 'vitest';
import { agentView } from '../../../../../main/host/agents/agent-view.ts';
import { nestsDeeper } from '../../../../../main/host/agents/json.ts';
import { LogRing } from '../../../../../main/host/agents/log-ring.ts';
import { canonicalDigest } from '../../../../../main/host/agents/source.ts';
import { readTool, summaryOf } from '../../../../../main/host/agents/tools.ts';
import { AgentSpec } from '../../../../../shared/agents.ts';

/** Half of each character is on one side of any cut at an even place, and of any cut at an odd one. */
const faces = [`${'😀'.repeat(5000)}`, `x${'😀'.repeat(5000)}`];
const spec = AgentSpec.parse({
  name: 'echo',
  description: '',
  tags: [],
  autostart: false,
  source: { kind: 'http', url: 'http://127.0.0.1/', headers: {} },
});
const standing = {
  sourceDigest: 'a'.repeat(64),
  state: 'running' as const,
  detail: null,
  since: 0,
  nextStartAt: null,
  pid: null,
  restarts: 0,
  callsRunning: 0,
};

describe.each(faces)('long text', (text) => {
  test('in what a server says of itself', () => {
    const server = {
      serverInfo: { name: `${text}\ud83d`, version: text },
      capabilities: {},
      instructions: undefined,
      protocol: text,
    };
    const view = agentView(spec, standing, { server, tools: [], usage: null });
    expect(() => canonicalDigest(view)).not.toThrow();
    expect(view.server?.name).toHaveLength(200);
  });

  test('in a tool', () => {
    const tool = readTool({ name: 'echo', title: text, description: text, inputSchema: {} });
    const summary = tool === null ? null : summaryOf(tool);
    expect(() => canonicalDigest(summary)).not.toThrow();
    expect(summary?.description).toHaveLength(1001);
  });

  test('in a log', () => {
    const log = new LogRing(10, 1000);
    log.add('stderr', text);
    log.add('stderr', '\ud83d');
    expect(() => canonicalDigest(log.list().map((line) => line.text))).not.toThrow();
    log.add('stderr', text);
    expect(log.lastWords(0)?.isWellFormed()).toBe(true);
  });
});

test('half a character in a short text of a server is replaced too', () => {
  const server = {
    serverInfo: { name: '\ud83d', version: '\ude00' },
    capabilities: {},
    instructions: undefined,
    protocol: '2025-11-25',
  };
  const view = agentView(spec, standing, { server, tools: [], usage: null });
  expect(view.server).toEqual({ name: '\ufffd', version: '\ufffd', protocol: '2025-11-25' });
});

describe('nesting', () => {
  const nested = (levels: number): unknown =>
    JSON.parse(`${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`);

  test.each([
    [10, 10, false],
    [12, 10, true],
    [200_000, 500, true],
  ])('%i levels are deeper than %i: %j', (levels, most, deeper) => {
    expect(nestsDeeper(nested(levels), most)).toBe(deeper);
    expect(nestsDeeper([1, null, 'x', { b: 2, c: nested(levels) }], most + 2)).toBe(deeper);
  });

  test('of what is no array and no object is none', () => {
    for (const one of [null, undefined, 1, 'x', true]) expect(nestsDeeper(one, 0)).toBe(false);
  });
});
