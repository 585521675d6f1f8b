import type { Command } from 'commander';
import { ExitCode } from '../cli-error.ts';
import type { ActionOf } from '../program.ts';
import type { ServeOptions } from '../serve.ts';
import { numberBetween } from './number-option.ts';
import { addServeOptions, refuseWrongAddresses } from './serve.ts';

/** That of STUN (RFC 8489); the one above it is asked as well, to tell how a router maps ports. */
const STUN_PORT = 3478;
/** Enough for a day of calls, and too little for downloads. */
const CIRCUIT_MIB = 256;
const CIRCUIT_MINUTES = 120;
const MAX_RESERVATIONS = 256;
/** Clients take what is longer for milliseconds; see `circuit-renewal.ts`. */
const MAX_CIRCUIT_MINUTES = 24 * 60;

interface RelayOptions extends Omit<ServeOptions, 'relayServer' | 'mdns'> {
  readonly stun: boolean;
  readonly stunPort: number;
  readonly maxReservations: number;
  readonly circuitMib: number;
  readonly circuitMinutes: number;
  readonly contactsOnly?: boolean;
}

/** `relay`: the same as `serve` on a public machine, for others to reach each other by. */
export function addRelayCommand(program: Command, action: ActionOf): void {
  addServeOptions(
    program
      .command('relay')
      .description('run the host as a relay with STUN on a public machine, until Ctrl+C; see docs/relay.md'),
  )
    .option('--announce <addr...>', 'addresses to tell others, where they are not those of this machine')
    .option(
      '--stun-port <number>',
      'UDP port of the STUN server, which takes the next one, too',
      numberBetween(1, 65_534, 'A port for STUN'),
      STUN_PORT,
    )
    .option('--no-stun', 'answer no STUN requests')
    .option(
      '--max-reservations <number>',
      'how many peers may be reached through this relay',
      numberBetween(1, 10_000, 'The number of reservations'),
      MAX_RESERVATIONS,
    )
    .option(
      '--circuit-mib <number>',
      'what one relayed connection may carry, in MiB',
      numberBetween(1, 1_048_576, 'What a connection may carry'),
      CIRCUIT_MIB,
    )
    .option(
      '--circuit-minutes <number>',
      'how long one relayed connection may last, in minutes',
      numberBetween(1, MAX_CIRCUIT_MINUTES, 'How long a connection may last, in minutes,'),
      CIRCUIT_MINUTES,
    )
    .option('--contacts-only', 'let contacts only be reached through this relay')
    .action(
      action(async (session, options: RelayOptions) => {
        await refuseWrongAddresses('--listen', options.listen);
        await refuseWrongAddresses('--announce', options.announce);
        const { serve } = await import('../serve.ts');
        // `mdns: true` says nothing: a relay has it off unless the environment turns it on.
        await serve(session, { ...options, mdns: true, relayServer: relayServerOf(options) });
        return ExitCode.fine;
      }),
    );
}

const relayServerOf = (options: RelayOptions): NonNullable<ServeOptions['relayServer']> => ({
  maxReservations: options.maxReservations,
  circuitSeconds: options.circuitMinutes * 60,
  circuitBytes: options.circuitMib * 2 ** 20,
  stunPorts: options.stun ? [options.stunPort, options.stunPort + 1] : [],
  contactsOnly: options.contactsOnly ?? false,
});
