import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/client';
import type { Caller } from '../contender.ts';

/** The MCP server that every contender of `calls` puts to work, run on this same Node. */
export const EVERYTHING = {
  command: process.execPath,
  args: [
    fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')),
    'stdio',
  ],
};

const MESSAGE = 'x'.repeat(1024);

export const ECHO = { name: 'echo', arguments: { message: MESSAGE } };

/** @throws when a tool result is not the echo of 1 KiB */
export function checkEcho(result: { readonly content?: readonly unknown[] | undefined }): void {
  const [first] = result.content ?? [];
  const text = typeof first === 'object' && first !== null && 'text' in first ? first.text : undefined;
  if (typeof text !== 'string' || !text.endsWith(MESSAGE)) throw new Error('The answer is not an echo.');
}

/** Calls by the MCP SDK's own client. */
export const callerOf = (client: Client): Caller => ({
  async call() {
    checkEcho(await client.callTool(ECHO));
  },
  stop: () => client.close(),
});
