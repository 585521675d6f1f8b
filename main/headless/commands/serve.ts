import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { ExitCode, usageError } from '../cli-error.ts';
import type { ActionOf } from '../program.ts';
import type { ServeOptions } from '../serve.ts';

/** `serve`. Everything it needs is loaded only when it runs: the other commands are quick to start. */
export function addServeCommand(program: Command, action: ActionOf): void {
  program
    .command('serve')
    .description('run the host and offer its interface to a browser on this machine, until Ctrl+C')
    .option(
      '--port <number>',
      'port of the interface; 0 takes a free one (default: 4280, or a free one)',
      parsePort,
    )
    .option(
      '--listen <addr...>',
      'multiaddrs to listen on for peers (default: TCP, QUIC and WebSocket on all interfaces)',
    )
    .option('--no-mdns', 'do not look for peers on this network, for this run')
    .option('--name <name>', 'what this machine is called where it has no name yet')
    .option('--open', 'open the interface in a browser, where there is a display')
    .option('--demo', 'a throw-away host with two local peers, to look around')
    .action(
      action(async (session, options: ServeOptions) => {
        const { multiaddr } = await import('@multiformats/multiaddr');
        for (const address of options.listen ?? []) {
          try {
            multiaddr(address);
          } catch {
            throw usageError(`${JSON.stringify(address)} is no multiaddr, such as /ip4/0.0.0.0/tcp/4001.`);
          }
        }
        const { serve } = await import('../serve.ts');
        await serve(session, options);
        return ExitCode.fine;
      }),
    );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
