/** Calls whose stream is lost, from the caller's call to its answer, in every state that they can be in. */
import { describe, expect, it } from 'vitest';
import { done, TicketWorld, type Asked, type Reviewed, type Worked } from './ticket-world.ts';

const asked = (world: TicketWorld, at = 0): Promise<Asked> => world.until(() => world.asked[at]);
const worked = (world: TicketWorld, at = 0): Promise<Worked> => world.until(() => world.worked[at]);
const reviewed = (world: TicketWorld, at = 0): Promise<Reviewed> => world.until(() => world.reviewed[at]);
const text = (words: string): object => ({ content: [{ type: 'text', text: words }] });

describe('a call whose stream is lost', () => {
  it('while it waits for the person goes on waiting, and is answered over the next stream', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call({ text: 'hello' });
    const question = await asked(world);
    await world.until(() => world.ours.last.status === 'waiting');
    world.cut();
    await world.until(() => world.streams.length === 2 && !question.isAway && world.ours.last.path !== null);
    expect(question.cancelled).toBe(false);
    question.settle(world.allow(question));
    (await worked(world)).answer(done('written'));
    expect(await result).toEqual(text('written'));
    expect(world.worked).toHaveLength(1);
    expect(world.theirs.views.size).toBe(1);
    expect(world.ours.last).toMatchObject({ status: 'answered', redeemable: false });
    expect(world.ours.tickets.size).toBe(0);
  });

  it('while it waits is answered with what was decided and done while nobody was there', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call();
    const question = await asked(world);
    world.unreachable = 2;
    world.cut();
    await world.until(() => question.isAway);
    expect(world.hostCalls.at(-1)).toMatchObject({ status: 'waiting', redeemable: true });
    question.settle(world.allow(question));
    (await worked(world)).answer(done('meanwhile'));
    expect(await result).toEqual(text('meanwhile'));
    expect(world.theirs.last).toMatchObject({ status: 'answered', redeemable: false });
    expect(world.hostCalls.at(-1)).toMatchObject({ status: 'answered', redeemable: false });
  });

  it('while the agent works goes on, with its progress over the next stream', async () => {
    await using world = new TicketWorld();
    const result = world.call();
    const agent = await worked(world);
    world.cut();
    await world.until(() => world.streams.length === 2);
    agent.answer(done('once'));
    expect(await result).toEqual(text('once'));
    expect(agent.cancelled).toBeNull();
    expect(world.worked).toHaveLength(1);
  });

  it('while the person looks at the answer goes on too', async () => {
    await using world = new TicketWorld();
    world.gate = 'allow-and-review';
    const result = world.call();
    (await worked(world)).answer(done('secret'));
    const review = await reviewed(world);
    await world.until(() => world.ours.last.status === 'reviewing');
    world.unreachable = 1;
    world.cut();
    await world.until(() => review.isAway);
    await world.until(() => !review.isAway);
    review.settle({ effect: 'release', result: { content: [] }, changed: true });
    expect(await result).toEqual({ content: [], _meta: { 'app.gatehouse/changed': 'result' } });
    expect(world.ours.last).toMatchObject({ status: 'answered', changed: 'result' });
    expect(world.theirs.last).toMatchObject({ status: 'answered', changed: 'result' });
  });

  it('while its answer is on the way is answered with the same, and not run again', async () => {
    await using world = new TicketWorld();
    const result = world.call();
    const agent = await worked(world);
    const { near } = world.streams[0] ?? expect.fail('no stream');
    // What the host says is not read any more, and then the stream breaks.
    near.pause();
    agent.answer(done('lost on the way'));
    await world.until(() => world.theirs.last.status === 'answered');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    world.cut();
    expect(await result).toEqual(text('lost on the way'));
    expect(world.worked).toHaveLength(1);
  });

  it('before it arrived is sent again, once', async () => {
    await using world = new TicketWorld();
    const first = world.call();
    (await worked(world)).answer(done('the first'));
    await first;
    const { near } = world.streams[0] ?? expect.fail('no stream');
    const result = world.call();
    while (near.busy?.() !== true) await Promise.resolve();
    world.cut();
    (await worked(world, 1)).answer(done('the second'));
    expect(await result).toEqual(text('the second'));
    expect(world.worked).toHaveLength(2);
    expect(world.streams).toHaveLength(2);
  });

  it('more than once is redeemed all the same', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call();
    const question = await asked(world);
    for (let stream = 1; stream <= 4; stream += 1) {
      world.cut();
      await world.until(() => question.isAway || world.streams.length > stream);
      await world.until(() => world.streams.length > stream && !question.isAway);
    }
    question.settle(world.allow(question));
    (await worked(world)).answer(done('at last'));
    expect(await result).toEqual(text('at last'));
  });

  it('is of unknown end where the host has started anew meanwhile', async () => {
    await using world = new TicketWorld();
    const result = world.call();
    await worked(world);
    // So that the host does not tell that it stops.
    world.unreachable = 1;
    world.cut();
    await world.until(() => world.hostCalls.at(-1)?.redeemable);
    await world.restartHost();
    await expect(result).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/Whether the call ran is unknown/u),
    });
    expect(world.worked).toHaveLength(1);
    expect(world.ours.last).toMatchObject({ status: 'failed', redeemable: false });
  });

  it('is dropped where the caller cancels it while it is away', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const controller = new AbortController();
    const result = world.call({}, controller.signal);
    const question = await asked(world);
    world.unreachable = 3;
    world.cut();
    await world.until(() => question.isAway && world.unreachable < 3);
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
    await world.until(() => world.theirs.last.status === 'cancelled');
    expect(question.cancelled).toBe(true);
    expect(world.ours.last).toMatchObject({ status: 'cancelled', redeemable: false });
  });

  it('is cancelled where it is no call of a contact any more', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    void world.call();
    const question = await asked(world);
    world.unreachable = 100;
    world.cut();
    await world.until(() => question.isAway);
    world.trust = 'blocked';
    world.peers.emit('peer', '12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6', { trust: 'blocked' });
    await world.until(() => world.theirs.last.status === 'cancelled');
    expect(question.cancelled).toBe(true);
    world.outgoing.setStopped(true);
  });

  it('is ended, and not redeemable, where everything is stopped here', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call();
    const question = await asked(world);
    world.outgoing.setStopped(true);
    await expect(result).rejects.toMatchObject({ code: 'STOPPED' });
    await world.until(() => question.cancelled);
    expect(world.ours.tickets.size).toBe(0);
  });
});

describe('a call that was given up', () => {
  it('is redeemed by its id, by a later run too, once', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call({ text: 'x' });
    const question = await asked(world);
    await world.until(() => world.ours.last.status === 'waiting');
    await world.restartCaller();
    await expect(result).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const { id } = world.ours.last;
    expect(world.ours.last).toMatchObject({ status: 'failed', redeemable: true });
    await world.until(() => question.isAway);
    question.settle(world.allow(question));
    (await worked(world)).answer(done('for later'));
    await world.until(() => world.theirs.last.status === 'answered');
    expect(await world.outgoing.redeem(id)).toMatchObject({ id, status: 'answered', redeemable: false });
    expect(world.ours.bodies.get(id)?.response).toContain('for later');
    await expect(world.outgoing.redeem(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(world.worked).toHaveLength(1);
  });

  it('stays redeemable while the peer cannot be reached', async () => {
    await using world = new TicketWorld();
    const result = world.call();
    (await worked(world)).answer(done('kept'));
    world.unreachable = 1000;
    world.cut();
    await world.until(() => world.unreachable < 999);
    await world.restartCaller();
    await expect(result).rejects.toThrow();
    const { id } = world.ours.last;
    await expect(world.outgoing.redeem(id)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(world.ours.last).toMatchObject({ redeemable: true });
    world.unreachable = 0;
    expect(await world.outgoing.redeem(id)).toMatchObject({ status: 'answered' });
  });

  it('of a peer that knows nothing of it any more has an unknown end for good', async () => {
    await using world = new TicketWorld();
    void world.call();
    await worked(world);
    world.unreachable = 1000;
    world.cut();
    await world.until(() => world.unreachable < 999);
    await world.restartCaller();
    await world.restartHost();
    world.unreachable = 0;
    const { id } = world.ours.last;
    const view = await world.outgoing.redeem(id);
    expect(view).toMatchObject({ status: 'failed', redeemable: false });
    expect(view.error).toMatch(/unknown/u);
    await expect(world.outgoing.redeem(id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
