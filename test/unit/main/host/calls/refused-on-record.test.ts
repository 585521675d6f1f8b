/** What is refused as it came, before the gate is asked, is in the records and shown all the same. */
import { describe, expect, it } from 'vitest';
import { done, ticketOf, TicketWorld, type RawCaller } from './ticket-world.ts';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const call = (raw: RawCaller, id: number, params: object): void =>
  raw.send({ id, method: 'tools/call', params });

describe('a call that is refused as it came is recorded and shown:', () => {
  it.each([
    ['arguments that are no object', { name: 'write', arguments: ['x'] }, 'write'],
    [
      'answers that the caller says are the agent’s',
      { name: 'write', arguments: { '(answers to the agent)': 1 } },
      'write',
    ],
    [
      'a ticket that is none',
      { name: 'write', arguments: {}, _meta: { 'app.gatehouse/ticket': 'x' } },
      'write',
    ],
    ['no name', { arguments: {} }, 'tools/call'],
    ['a name that is too long', { name: 'x'.repeat(2049) }, `tools/call:${'x'.repeat(189)}…`],
  ])('%s', async (_what, params, tool) => {
    await using world = new TicketWorld();
    const raw = world.open();
    call(raw, 1, params);
    expect(await raw.answer(1)).toMatchObject({ error: { code: -32602, data: { reason: 'bad-message' } } });
    const refused = {
      status: 'refused',
      tool,
      errorCode: -32602,
      decision: { effect: 'deny', by: 'limits' },
    };
    expect([...world.theirs.views.values()]).toMatchObject([refused]);
    expect(world.hostCalls.at(-1)).toMatchObject(refused);
    raw.call(1, null);
    (await world.until(() => world.worked[0])).answer(done('the id is free again'));
    await raw.heard(({ id, result }) => id === 1 && result !== undefined);
  });

  it('arguments that are nested too deeply to be written down, of which nothing is kept', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    const params = `{"name":"write","arguments":{"x":${nested(8000)}},"_meta":{"app.gatehouse/ticket":"${ticketOf('A')}"}}`;
    raw.sendText(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
    expect(await raw.answer(1)).toMatchObject({ error: { code: -32602, data: { reason: 'bad-message' } } });
    expect(world.theirs.last).toMatchObject({ status: 'refused', tool: 'write', decision: { by: 'limits' } });
    expect(world.theirs.bodies.get(1)).not.toHaveProperty('request');
    expect(world.worked).toHaveLength(0);
  });

  it('an id that is in use, and what uses it goes on', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, null);
    const agent = await world.until(() => world.worked[0]);
    raw.call(1, null, 'another');
    await raw.heard(({ error }) => error?.code === -32600);
    expect(world.theirs.last).toMatchObject({ status: 'refused', tool: 'another', errorCode: -32600 });
    agent.answer(done('the first'));
    expect(await raw.heard(({ result }) => result !== undefined)).toMatchObject({
      id: 1,
      result: { content: [{ text: 'the first' }] },
    });
  });

  it('too many at once', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    for (let id = 0; id < 1024; id += 1) raw.call(id, null);
    raw.call('one more', null);
    expect(await raw.answer('one more')).toMatchObject({ error: { data: { reason: 'too-many-calls' } } });
    expect(world.theirs.last).toMatchObject({ status: 'refused', tool: 'write', errorCode: -32065 });
  });

  it('an answer that is asked for over a legacy link, or with no ticket', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.redeem(1, 'x');
    await raw.answer(1);
    world.path = 'legacy';
    const plain = world.open();
    plain.redeem(1, ticketOf('A'));
    expect(await plain.answer(1)).toMatchObject({ error: { data: { reason: 'bad-message' } } });
    expect([...world.theirs.views.values()]).toMatchObject([
      { status: 'refused', tool: 'gatehouse/redeem', path: 'lan' },
      { status: 'refused', tool: 'gatehouse/redeem', path: 'legacy' },
    ]);
  });

  it('a hundred times in an hour, and no more', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    for (let id = 0; id < 150; id += 1) call(raw, id, { name: 'write', arguments: 7 });
    for (let id = 0; id < 150; id += 1) expect(await raw.answer(id)).toHaveProperty('error');
    expect(world.theirs.views.size).toBe(100);
  });
});

describe('what fails here costs one call:', () => {
  it('a store that throws', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    world.theirs.breaks = true;
    raw.call(1, ticketOf('A'));
    expect(await raw.answer(1)).toMatchObject({ error: { data: { reason: 'not-recorded' } } });
    call(raw, 2, { name: 'write', arguments: 7 });
    expect(await raw.answer(2)).toMatchObject({ error: { data: { reason: 'not-recorded' } } });
    world.theirs.breaks = false;
    raw.call(1, null);
    (await world.until(() => world.worked[0])).answer(done('well again'));
    await raw.heard(({ id, result }) => id === 1 && result !== undefined);
  });

  it('a store that throws when the agent has answered, or the caller cancels', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, null);
    raw.call(2, null);
    const [first] = await world.until(() => world.worked.length === 2 && world.worked);
    world.theirs.breaks = true;
    raw.send({ method: 'notifications/cancelled', params: { requestId: 2 } });
    first?.answer(done('lost'));
    expect(await raw.answer(1)).toMatchObject({ error: { data: { reason: 'not-recorded' } } });
  });

  it('an agent that cannot be asked for a list', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    for (let id = 0; id < 20; id += 1) {
      raw.send({ id, method: 'tools/list' });
      (await world.until(() => world.worked[id])).fail(new Error('broken'));
      expect(await raw.answer(id)).toMatchObject({ error: { code: -32603 } });
    }
  });
});

it('a peer that has used up its budget gets no lists, and is told until when', async () => {
  await using world = new TicketWorld();
  world.pausedUntil = Date.now() + 60_000;
  const raw = world.open();
  raw.send({ id: 1, method: 'tools/list' });
  const error = { code: -32062, data: { reason: 'over-budget', resetsAt: world.pausedUntil } };
  expect(await raw.answer(1)).toMatchObject({ error });
  expect(world.worked).toHaveLength(0);
});
