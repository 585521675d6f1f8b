/** What a host keeps for callers that come back, and for whom. Attacks on it, one a test. */
import { describe, expect, it } from 'vitest';
import { PeerTickets } from '../../../../../main/host/calls/peer-tickets.ts';
import { TICKET_LIMITS, type TicketLimits } from '../../../../../main/host/calls/ticket-limits.ts';
import type { KeptAnswer } from '../../../../../main/host/calls/kept-answer.ts';
import type { StreamLife } from '../../../../../main/host/calls/asker.ts';
import { done, files, notes, other, ticketOf, TicketWorld, type Worked } from './ticket-world.ts';

const worked = (world: TicketWorld, at = 0): Promise<Worked> => world.until(() => world.worked[at]);
const one = ticketOf('A');
const refusedWith = (reason: string): object => ({ error: { code: -32602, data: { reason } } });

describe('a ticket', () => {
  it('is for one call: a second with it is refused, and recorded', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    (await worked(world)).answer(done('first'));
    await raw.answer(1);
    raw.call(2, one);
    expect(await raw.answer(2)).toMatchObject(refusedWith('used-ticket'));
    expect(world.worked).toHaveLength(1);
    expect(world.theirs.last).toMatchObject({ status: 'refused', tool: 'write', errorCode: -32602 });
  });

  it('is for one call while that runs, too, on whatever stream the second comes', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    const second = world.open();
    second.call(2, one);
    expect(await second.answer(2)).toMatchObject(refusedWith('used-ticket'));
    agent.answer(done('first'));
    expect(await raw.answer(1)).toMatchObject({ result: { content: [{ text: 'first' }] } });
  });

  it('of an answer that has arrived is used: the replay is refused, and recorded', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    (await worked(world)).answer(done('first'));
    await raw.answer(1);
    raw.redeem(2, one);
    expect(await raw.answer(2)).toMatchObject(refusedWith('used-ticket'));
    const second = world.open();
    second.redeem(3, one);
    expect(await second.answer(3)).toMatchObject(refusedWith('used-ticket'));
    raw.cut();
    second.redeem(4, one);
    expect(await second.answer(4)).toMatchObject(refusedWith('used-ticket'));
    expect(world.theirs.last).toMatchObject({ status: 'refused', tool: 'gatehouse/redeem' });
    expect(world.theirs.views.size).toBe(4);
  });

  it('is redeemed once, though two streams ask for it', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => world.hostCalls.at(-1)?.redeemable);
    agent.answer(done('kept'));
    await world.until(() => world.theirs.last.status === 'answered');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const [second, third] = [world.open(), world.open()];
    second.redeem('a', one);
    third.redeem('b', one);
    expect(await second.answer('a')).toMatchObject({ result: { content: [{ text: 'kept' }] } });
    expect(await third.answer('b')).toMatchObject(refusedWith('used-ticket'));
  });

  it('that is asked for twice at once while the call runs is answered where it was asked for last', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    const second = world.open();
    second.redeem('a', one);
    // The first stream still stands here: its request is told.
    expect(await raw.answer(1)).toMatchObject(refusedWith('used-ticket'));
    second.redeem('b', one);
    expect(await second.answer('b')).toMatchObject(refusedWith('used-ticket'));
    agent.answer(done('here'));
    expect(await second.answer('a')).toMatchObject({ result: { content: [{ text: 'here' }] } });
  });

  it('of another peer is unknown, and that is recorded', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    const thief = world.open(other);
    thief.redeem(1, one);
    expect(await thief.answer(1)).toMatchObject(refusedWith('unknown-ticket'));
    expect(world.theirs.last).toMatchObject({ status: 'refused', peerId: other, tool: 'gatehouse/redeem' });
    agent.answer(done('mine'));
    expect(await raw.answer(1)).toMatchObject({ result: { content: [{ text: 'mine' }] } });
  });

  it('of another agent is unknown, and nobody is told that the call never arrived', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    const epoch = await raw.epoch();
    raw.call(1, one);
    await worked(world);
    const elsewhere = world.open(undefined, notes);
    elsewhere.redeem(1, one, { epoch });
    expect(await elsewhere.answer(1)).toMatchObject({ error: { data: { neverArrived: false } } });
  });

  it('that was cancelled is used', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    raw.send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await world.until(() => world.theirs.last.status === 'cancelled');
    expect(agent.cancelled).not.toBeNull();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    raw.redeem(2, one);
    expect(await raw.answer(2)).toMatchObject(refusedWith('used-ticket'));
  });

  it('of a call that is redeemed and then cancelled ends the call', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => world.hostCalls.at(-1)?.redeemable);
    const second = world.open();
    second.redeem('a', one);
    second.send({ method: 'notifications/cancelled', params: { requestId: 'a' } });
    await world.until(() => world.theirs.last.status === 'cancelled');
    expect(agent.cancelled).not.toBeNull();
  });

  it('is forgotten with the contact, whose calls under way without it are ended', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    const epoch = await raw.epoch();
    raw.call(1, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => world.hostCalls.at(-1)?.redeemable);
    world.peers.emit('peer', '12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6', null);
    expect(agent.cancelled).not.toBeNull();
    const again = world.open();
    again.redeem(1, one, { epoch });
    expect(await again.answer(1)).toMatchObject({
      error: { data: { reason: 'unknown-ticket', neverArrived: false } },
    });
    expect(await again.epoch()).not.toBe(epoch);
  });

  it('is forgotten when everything is stopped', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => world.hostCalls.at(-1)?.redeemable);
    world.incoming.stopAll();
    expect(agent.cancelled).not.toBeNull();
    const again = world.open();
    again.redeem(1, one);
    expect(await again.answer(1)).toMatchObject(refusedWith('unknown-ticket'));
  });

  it('is nothing that a stranger has', async () => {
    await using world = new TicketWorld();
    world.trust = 'unknown';
    const raw = world.open();
    expect(await raw.epoch()).toBe('');
    raw.redeem(1, one);
    expect(await raw.answer(1)).toMatchObject({ error: { data: { reason: 'unknown-peer' } } });
    raw.call(2, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => agent.cancelled);
  });

  it('is nothing over a legacy link', async () => {
    await using world = new TicketWorld();
    world.path = 'legacy';
    const raw = world.open();
    expect(await raw.epoch()).toBe('');
    raw.call(1, one);
    const agent = await worked(world);
    raw.cut();
    await world.until(() => agent.cancelled);
  });

  it.each(['short', 'x'.repeat(65), `${'A'.repeat(21)}\u202e`])('like %j is no ticket', async (ticket) => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, ticket);
    expect(await raw.answer(1)).toMatchObject({ error: { data: { reason: 'bad-message' } } });
    raw.redeem(2, ticket);
    expect(await raw.answer(2)).toMatchObject({ error: { data: { reason: 'bad-message' } } });
    expect(world.worked).toHaveLength(0);
  });

  it('is asked for by who has lost the stream first: the old one is asked for a sign of life', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.isThere = false;
    raw.call(1, one);
    (await worked(world)).answer(done('lost'));
    await raw.answer(1);
    const second = world.open();
    second.redeem(2, one);
    await raw.heard(({ method }) => method === 'ping');
    expect(await second.answer(2)).toMatchObject({ result: { content: [{ text: 'lost' }] } });
  });
});

it('a flood of tickets leaves at most 64 calls under way without their caller', async () => {
  await using world = new TicketWorld();
  const raw = world.open();
  for (let id = 0; id < 80; id += 1) raw.call(id, `${'B'.repeat(20)}${String(id).padStart(2, '0')}`);
  await world.until(() => world.worked.length === 80);
  raw.cut();
  await world.until(() => world.worked.some(({ cancelled }) => cancelled !== null));
  expect(world.worked.filter(({ cancelled }) => cancelled === null)).toHaveLength(64);
});

it('a flood of requests for unknown tickets is recorded a hundred times, and answered', async () => {
  await using world = new TicketWorld();
  const raw = world.open();
  for (let id = 0; id < 300; id += 1) raw.redeem(id, `${'C'.repeat(20)}${String(id).padStart(3, '0')}`);
  await Promise.all(Array.from({ length: 300 }, (_, id) => raw.answer(id)));
  expect(world.theirs.views.size).toBe(100);
});

describe('what is kept of one peer', () => {
  const life = (endedAt: number | null = null): StreamLife => ({
    endedAt,
    answers: endedAt === null ? () => Promise.resolve(true) : null,
  });
  const kept = (bytes = 100): KeptAnswer => ({
    answer: { tail: '"result":{}', outcome: 'result' },
    facts: {} as KeptAnswer['facts'],
    bytes,
    settled: null,
  });
  const call = { asker: null, leave: () => undefined, comeBack: () => undefined, cancel: () => undefined };
  function book(limits: Partial<TicketLimits> = {}) {
    const clock = { now: 1000 };
    const totals = { givenBytes: 0, unfetchedBytes: 0, away: 0 };
    const tickets = new PeerTickets({
      limits: { ...TICKET_LIMITS, ...limits },
      totals,
      now: () => clock.now,
    });
    const end = (ticket: string, given: StreamLife | null, bytes?: number): void => {
      tickets.begin(ticket, files, call);
      if (given === null) tickets.leave(ticket);
      tickets.ended(ticket, kept(bytes), given);
    };
    const find = (ticket: string, epoch = tickets.epoch, ageMs: number | null = null) =>
      tickets.find(ticket, files, life(), epoch, ageMs);
    return { tickets, clock, totals, end, find };
  }

  it('is within bounds in number, and says no more that what came never came', () => {
    const { tickets, end, find, clock } = book({ tickets: 4 });
    for (const ticket of ['a', 'b', 'c', 'd']) end(ticket, null);
    expect(find('x')).toEqual({ kind: 'unknown', neverArrived: true });
    end('e', null);
    tickets.prune();
    expect(find('a')).toEqual({ kind: 'unknown', neverArrived: false });
    expect(find('x')).toEqual({ kind: 'unknown', neverArrived: false });
    // Of a call that was sent after what is forgotten had come, it can still be sure.
    clock.now += 60_000;
    expect(find('x', undefined, 1000)).toEqual({ kind: 'unknown', neverArrived: true });
    expect(find('x', undefined, 59_000)).toEqual({ kind: 'unknown', neverArrived: false });
    expect(find('x', 'another run', 1000)).toEqual({ kind: 'unknown', neverArrived: false });
    expect(find('e')).toMatchObject({ kind: 'answer' });
  });

  it('is within bounds in bytes, of one peer and of all', () => {
    const { end, find, totals } = book({ unfetchedBytes: 250, allUnfetchedBytes: 1000 });
    for (const ticket of ['a', 'b', 'c']) end(ticket, null);
    expect(find('a')).toEqual({ kind: 'used' });
    expect(find('c')).toMatchObject({ kind: 'answer' });
    expect(totals.unfetchedBytes).toBe(200);
    totals.unfetchedBytes += 950;
    end('d', null);
    expect(find('d')).toEqual({ kind: 'used' });
    end('e', life(), 1_000_000_000);
    expect(find('e')).toEqual({ kind: 'used' });
  });

  it('is kept for an hour', () => {
    const { tickets, end, find, clock, totals } = book();
    end('a', null);
    clock.now += 60 * 60 * 1000;
    tickets.prune();
    expect(find('a')).toMatchObject({ kind: 'answer' });
    clock.now += 1;
    tickets.prune();
    expect(find('a')).toEqual({ kind: 'unknown', neverArrived: false });
    expect(totals).toEqual({ givenBytes: 0, unfetchedBytes: 0, away: 0 });
  });

  it('is used once the stream that was told has stood for a while', () => {
    const { tickets, end, find, clock, totals } = book();
    const stands = life();
    const broke = life(1500);
    const brokeLate = life(40_000);
    end('a', stands);
    end('b', broke);
    end('c', brokeLate);
    expect(find('a')).toMatchObject({ kind: 'given' });
    expect(find('b')).toMatchObject({ kind: 'answer' });
    expect(find('c')).toEqual({ kind: 'used' });
    clock.now += 31_000;
    tickets.prune();
    expect(find('a')).toEqual({ kind: 'used' });
    expect(find('b')).toMatchObject({ kind: 'answer' });
    expect(totals.givenBytes).toBe(0);
    tickets.drop('gone');
    expect(totals).toEqual({ givenBytes: 0, unfetchedBytes: 0, away: 0 });
  });

  it('is given four times at most, however often the stream breaks', () => {
    const { tickets, end, find } = book();
    end('a', life(1001));
    for (let time = 1; time < 4; time += 1) {
      const found = find('a');
      if (found.kind !== 'answer') throw new Error(`found ${found.kind} at ${time}`);
      tickets.given(found.ticket, life(1001));
    }
    expect(find('a')).toEqual({ kind: 'used' });
  });
});
