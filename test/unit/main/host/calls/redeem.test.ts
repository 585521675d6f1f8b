/** What goes wrong while a ticket is looked at twice: its request is answered all the same, and its id is free again. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamLife } from '../../../../../main/host/calls/asker.ts';
import type { KeptAnswer } from '../../../../../main/host/calls/kept-answer.ts';
import type { MessageId } from '../../../../../main/host/calls/mcp-message.ts';
import { PeerTickets } from '../../../../../main/host/calls/peer-tickets.ts';
import { redeem } from '../../../../../main/host/calls/redeem.ts';
import type { InFlight, StreamOfCalls } from '../../../../../main/host/calls/session-calls.ts';
import { TICKET_LIMITS } from '../../../../../main/host/calls/ticket-limits.ts';
import { Tickets } from '../../../../../main/host/calls/tickets.ts';
import { caller, done, files, other, ticketOf, TicketWorld } from './ticket-world.ts';

const ticket = ticketOf('A');

it('over the hundred refusals that are recorded, too', async () => {
  await using world = new TicketWorld();
  const raw = world.open();
  for (let id = 0; id < 100; id += 1) raw.redeem(id, `${'C'.repeat(20)}${String(id).padStart(3, '0')}`);
  await Promise.all(Array.from({ length: 100 }, (_, id) => raw.answer(id)));
  raw.call('first', ticket);
  (await world.until(() => world.worked[0])).answer(done('arrived'));
  await raw.answer('first');
  const second = world.open();
  second.redeem('again', ticket);
  expect(await second.answer('again')).toMatchObject({ error: { data: { reason: 'used-ticket' } } });
  second.call('again', null);
  (await world.until(() => world.worked[1])).answer(done('under a free id'));
  await second.heard(({ id, result }) => id === 'again' && result !== undefined);
});

describe('where the stream that had the answer', () => {
  const standing = (answers: () => Promise<boolean>): StreamLife => ({ endedAt: null, answers });
  const kept: KeptAnswer = {
    answer: { tail: '"result":{}', outcome: 'result' },
    facts: {} as KeptAnswer['facts'],
    bytes: 100,
    settled: null,
  };

  /** One stream that asks for an answer which was given to another. */
  function asking(life: StreamLife, refuse: (error: unknown) => void) {
    const totals = { givenBytes: 0, unfetchedBytes: 0, away: 0 };
    const tickets = new PeerTickets({ limits: TICKET_LIMITS, totals, now: () => 1000 });
    const call = { asker: null, leave: () => undefined, comeBack: () => undefined, cancel: () => undefined };
    tickets.begin(ticket, files, call);
    tickets.ended(ticket, kept, life);
    const inFlight = new Map<MessageId, InFlight>();
    const errors: unknown[] = [];
    const stream = {
      agent: files,
      life: standing(() => Promise.resolve(true)),
      answers: { error: (_id: MessageId, error: unknown) => errors.push(error) },
      inFlight,
      done: (id: MessageId) => inFlight.delete(id),
    } as unknown as StreamOfCalls;
    const request = { kind: 'request', id: 1, method: 'gatehouse/redeem', params: { ticket } } as const;
    const follow = (): never => expect.unreachable();
    redeem({ ticket }, stream, tickets, { request, follow, signed: () => undefined, refuse });
    return { inFlight, errors };
  }

  it('cannot be asked', async () => {
    const refused: unknown[] = [];
    const { inFlight } = asking(
      standing(() => Promise.reject(new Error('broken'))),
      (error) => refused.push(error),
    );
    expect(inFlight.size).toBe(1);
    await expect.poll(() => inFlight.size).toBe(0);
    expect(refused).toMatchObject([{ code: -32603 }]);
  });

  it('has it, and the refusal of that fails', async () => {
    const { inFlight, errors } = asking(
      standing(() => Promise.resolve(true)),
      () => {
        throw new Error('broken');
      },
    );
    await expect.poll(() => errors).toMatchObject([{ code: -32603 }]);
    expect(inFlight.size).toBe(0);
  });
});

describe('the tickets of all peers', () => {
  afterEach(() => vi.useRealTimers());

  it('are looked through each minute, though those of one cannot be', () => {
    vi.useFakeTimers();
    const tickets = new Tickets();
    vi.spyOn(tickets.of(caller), 'prune').mockImplementation(() => {
      throw new Error('broken');
    });
    const others = vi.spyOn(tickets.of(other), 'prune');
    vi.advanceTimersByTime(120_000);
    expect(others).toHaveBeenCalledTimes(2);
    tickets.stop();
  });
});
