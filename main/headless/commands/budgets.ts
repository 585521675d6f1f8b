import type { Command } from 'commander';
import type { PeerView } from '../../../shared/peers.ts';
import type { Budget } from '../../../shared/rules.ts';
import { usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { amountOf } from '../rule-options.ts';
import type { Session } from '../session.ts';

interface BudgetOptions {
  readonly calls?: string;
  readonly bytes?: string;
  readonly seconds?: string;
  readonly unlimited?: boolean;
  readonly default?: boolean;
}

/** `budget`. */
export function addBudgetCommand(program: Command, action: ActionOf): void {
  program
    .command('budget')
    .description('show or set what a peer may use in 24 hours; beyond it, its calls are refused for a while')
    .argument('<peer>', 'the peer')
    .option('--calls <number>', 'calls a day')
    .option('--bytes <amount>', 'bytes a day, both ways, such as 20MiB')
    .option('--seconds <number>', 'seconds a day in which agents work for it')
    .option('--unlimited', 'as much as it likes')
    .option('--default', 'as the settings say')
    .action(
      action((session, text: string, options: BudgetOptions) => {
        const budget = budgetOf(options);
        return session.withHost(async ({ client, state }) => {
          const peer = findPeer(text, state.peers);
          show(
            session,
            budget === undefined ? peer : await client.budgets.set({ peerId: peer.peerId, budget }),
            state.settings.budget,
          );
        });
      }),
    );
}

/** Undefined: it is only to be shown. Null: as the settings say. */
function budgetOf(options: BudgetOptions): Budget | null | undefined {
  const { calls, bytes, seconds } = options;
  const amounts = [calls, bytes, seconds].some((amount) => amount !== undefined);
  const given = [amounts, options.unlimited === true, options.default === true].filter(Boolean).length;
  if (given > 1) throw usageError('Give amounts, --unlimited or --default.');
  if (options.default === true) return null;
  if (given === 0) return undefined;
  const amount = (text: string | undefined, what: keyof Budget): number | null =>
    text === undefined ? null : amountOf(text, what, `--${what} is a number from 1 on.`);
  return {
    calls: amount(calls, 'calls'),
    bytes: amount(bytes, 'bytes'),
    seconds: amount(seconds, 'seconds'),
  };
}

function show(session: Session, peer: PeerView, ofSettings: Budget | null): void {
  const { peerId, budget, used, pausedUntil } = peer;
  session.give({ peerId, budget, used, pausedUntil });
  const inForce = budget ?? ofSettings;
  const whose = budget === null ? 'as the settings say' : 'its own';
  session.say(`${peerLabel(peer, peerId)} may use in 24 hours, ${whose}: ${amountsText(inForce)}.`);
  if (used !== null) {
    const { calls, bytes, seconds } = used;
    session.say(`Used: calls ${calls}, bytes ${bytes}, seconds ${Math.round(seconds)}.`);
  }
  if (pausedUntil !== null)
    session.say(`It is paused, for about ${formatSpan(pausedUntil - Date.now())} more.`);
}

function amountsText(budget: Budget | null): string {
  const set = Object.entries(budget ?? {}).filter(([, amount]) => amount !== null);
  return set.length === 0
    ? 'as much as it likes'
    : set.map(([what, amount]) => `${what} ${amount}`).join(', ');
}
