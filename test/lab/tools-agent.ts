/** The agent of the lab: an MCP server whose tools only read. It counts what it was asked to do. */
import { record, say, serve, textResult, tool } from '../fixtures/agents/plain-server.ts';

const readOnly = { annotations: { readOnlyHint: true } };
const own = process.argv[2];
const text = { type: 'object', properties: { message: { type: 'string' } } };
const time = { type: 'object', properties: { ms: { type: 'number' } } };
let runs = 0;

serve({
  list: () => ({
    tools: [
      tool('echo', { ...readOnly, inputSchema: text }),
      tool('slow', { ...readOnly, inputSchema: time }),
      tool('runs', readOnly),
      ...(own === undefined ? [] : [tool(own, readOnly)]),
    ],
  }),
  call: (id, params) => {
    const given = record(params['arguments']);
    switch (params['name']) {
      case 'slow': {
        runs += 1;
        const text = `slow run ${runs}`;
        setTimeout(() => say({ id, result: textResult(text) }), Number(given['ms']));
        return undefined;
      }
      case 'runs':
        return textResult(String(runs));
      default:
        return textResult(String(given['message'] ?? params['name']));
    }
  },
});
