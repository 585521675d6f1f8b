import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Contender } from '../contender.ts';
import { callerOf, EVERYTHING } from './echo-tool.ts';

/** The SDK's client and the server it starts itself: nothing in between. The process that would serve has no part in it. */
export const overStdio: Contender = {
  async serve() {
    return { address: 'stdio', stop: async () => undefined };
  },
  async connect() {
    const client = new Client({ name: 'bench', version: '1' });
    await client.connect(new StdioClientTransport({ ...EVERYTHING, stderr: 'ignore' }));
    return callerOf(client);
  },
};
