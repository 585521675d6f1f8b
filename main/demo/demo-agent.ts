import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

/** Notes that are kept at most; the oldest goes first. */
const MAX_NOTES = 100;

/** A small MCP server on standard input and output, for the demo of an installed copy. */
export function runDemoAgent(version: string): void {
  const notes: string[] = [];
  serveStdio(() => {
    const server = new McpServer({ name: 'gatehouse-demo', version });
    server.registerTool(
      'tell_time',
      {
        title: 'Tell the time',
        description: 'The time on this machine.',
        inputSchema: z.object({}),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      () => said(new Date().toISOString()),
    );
    server.registerTool(
      'add',
      {
        title: 'Add',
        description: 'Adds two numbers.',
        inputSchema: z.object({ a: z.number(), b: z.number() }),
        annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
      },
      ({ a, b }) => said(String(a + b)),
    );
    server.registerTool(
      'note_down',
      {
        title: 'Note down',
        description: 'Keeps a note until the demo ends.',
        inputSchema: z.object({ note: z.string().min(1).max(500) }),
        annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
      },
      ({ note }) => {
        notes.push(note);
        if (notes.length > MAX_NOTES) notes.shift();
        return said(`Noted. There are ${notes.length} notes.`);
      },
    );
    return server;
  });
}

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
});
