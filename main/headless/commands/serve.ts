import type { Command } from 'commander';
import { ExitCode, usageError } from '../cli-error.ts';
import type { ActionOf } from '../program.ts';
import type { ServeOptions } from '../serve.ts';
import { numberBetween } from './number-option.ts';

/** As many as the settings hold. */
const MAX_ADDRESSES = 16;

/** `serve`. Everything it needs is loaded only when it runs: the other commands are quick to start. */
export function addServeCommand(program: Command, action: ActionOf): void {
  addServeOptions(
    program
      .command('serve')
      .description('run the host and offer its interface to a browser on this machine, until Ctrl+C'),
  )
    .option('--no-mdns', 'do not look for peers on this network, for this run')
    .option('--open', 'open the interface in a browser, where there is a display')
    .option('--demo', 'a throw-away host with two local peers, to look around')
    .action(
      action(async (session, options: ServeOptions) => {
        await refuseWrongAddresses('--listen', options.listen);
        const { serve } = await import('../serve.ts');
        await serve(session, options);
        return ExitCode.fine;
      }),
    );
}

/** The options that `serve` and `relay` share. */
export function addServeOptions(command: Command): Command {
  return command
    .option(
      '--port <number>',
      'port of the interface; 0 takes a free one (default: 4280, or a free one)',
      numberBetween(0, 65_535, 'A port'),
    )
    .option(
      '--listen <addr...>',
      'multiaddrs to listen on for peers (default: TCP, QUIC and WebSocket on all interfaces)',
    )
    .option('--name <name>', 'what this machine is called where it has no name yet');
}

/** @throws {CliError} */
export async function refuseWrongAddresses(option: string, addresses: readonly string[] = []): Promise<void> {
  if (addresses.length > MAX_ADDRESSES)
    throw usageError(`${option} takes ${MAX_ADDRESSES} addresses at most; these are ${addresses.length}.`);
  const { multiaddr } = await import('@multiformats/multiaddr');
  for (const address of addresses) {
    try {
      multiaddr(address);
    } catch {
      throw usageError(`${JSON.stringify(address)} is no multiaddr, such as /ip4/0.0.0.0/tcp/4001.`);
    }
  }
}
