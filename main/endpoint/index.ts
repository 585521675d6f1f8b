/** Where programs on this machine reach the running host: a WebSocket on loopback, and the file that names it. */
import type { Host } from '../host/index.ts';
import type { EndpointOptions, RunningEndpoint } from './endpoint.ts';

export { landingToken } from './access.ts';
export { DEFAULT_PORT } from './default-port.ts';
export { readEndpoint } from './endpoint-file.ts';
export type { Endpoint } from './endpoint-file.ts';

/**
 * Lets the command line, and a browser where there are pages for it, talk to a running host. The server is
 * loaded only here: whoever just looks for the file is quick.
 * @throws {ServerError} where it cannot listen
 */
export async function startEndpoint(options: EndpointOptions, host: Host): Promise<RunningEndpoint> {
  const { openEndpoint } = await import('./endpoint.ts');
  return await openEndpoint(options, host);
}
