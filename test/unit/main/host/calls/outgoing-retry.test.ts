import { describe, expect, it } from 'vitest';
import { ada, aLink, allow, aWorld, deny, files, linkAt, type World } from './outgoing-setup.ts';

const cut = new Error('cut');

/** A world whose first link is open already, and in use by nobody. */
async function linked(...paths: Parameters<typeof aWorld>): Promise<World> {
  const world = await aWorld(...paths);
  await world.outgoing.tools(ada, files, undefined);
  return world;
}

describe('a call whose link is lost', () => {
  it('before it left goes over the next link, as one call', async () => {
    await using world = await linked('lan', 'relayed');
    const { near } = linkAt(world, 0);
    const done = world.call();
    // In the turn in which it was queued, before the line is handed to the stream.
    while (near.busy?.() !== true) await Promise.resolve();
    near.abort(cut);
    expect(await done).toMatchObject({ content: [{ text: 'done by relayed' }] });
    expect(linkAt(world, 0).far.calls).toEqual([]);
    expect([...world.records.keys()]).toEqual([1]);
    expect(world.record()).toMatchObject({ status: 'answered', path: 'relayed' });
  });

  it('after it left has an unknown end, and is not sent again', async () => {
    await using world = await linked('lan', 'relayed');
    const { near, far } = linkAt(world, 0);
    far.answers = false;
    const done = world.call();
    await far.heard(1);
    near.abort(cut);
    await expect(done).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/Whether the call ran is unknown/u),
    });
    expect(world.opened).toBe(1);
    expect(world.record()).toMatchObject({ status: 'failed', path: 'lan' });
  });

  it.each([{ idempotentHint: true }, { readOnlyHint: true }])(
    'after it left goes again where its tool says %j',
    async (hints) => {
      await using world = await aWorld();
      world.offers.push(await aLink('lan', { write: hints }), await aLink('relayed'));
      await world.outgoing.tools(ada, files, undefined);
      const { near, far } = linkAt(world, 0);
      far.answers = false;
      const done = world.call({ text: 'twice' });
      await far.heard(1);
      near.abort(cut);
      expect(await done).toMatchObject({ content: [{ text: 'done by relayed' }] });
      expect(linkAt(world, 1).far.calls).toMatchObject([{ params: { arguments: { text: 'twice' } } }]);
      expect([...world.records.keys()]).toEqual([1]);
    },
  );

  it('goes again once and no more', async () => {
    await using world = await aWorld();
    const hints = { write: { idempotentHint: true } };
    world.offers.push(await aLink('lan', hints), await aLink('lan'), await aLink('lan'));
    await world.outgoing.tools(ada, files, undefined);
    const done = world.call();
    for (const at of [0, 1]) {
      const { near, far } = linkAt(world, at);
      far.answers = false;
      await far.heard(1);
      near.abort(cut);
    }
    await expect(done).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/unknown/u),
    });
    expect(world.opened).toBe(2);
  });

  it('is of unknown end where it may have run and there is no other link', async () => {
    await using world = await aWorld();
    world.offers.push(await aLink('lan', { write: { readOnlyHint: true } }));
    await world.outgoing.tools(ada, files, undefined);
    const { near, far } = linkAt(world, 0);
    far.answers = false;
    const done = world.call();
    await far.heard(1);
    near.abort(cut);
    await expect(done).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/unknown/u),
    });
  });

  it('is asked about where the next link is a legacy one', async () => {
    await using world = await linked('lan', 'legacy', 'legacy');
    const allowed = world.call();
    linkAt(world, 0).near.abort(cut);
    await world.answer(allow);
    expect(await allowed).toMatchObject({ content: [{ text: 'done by legacy' }] });
    const denied = world.call();
    await world.asked();
    linkAt(world, 1).near.abort(cut);
    await world.answer(deny);
    await expect(denied).rejects.toMatchObject({ code: 'DENIED' });
    expect(linkAt(world, 2).far.calls).toEqual([]);
  });

  it('while the person here thinks goes over the next link with the same leave', async () => {
    await using world = await aWorld('legacy', 'legacy');
    const done = world.call();
    await world.asked();
    linkAt(world, 0).near.abort(cut);
    await world.answer(allow);
    expect(await done).toMatchObject({ content: [{ text: 'done by legacy' }] });
    expect(linkAt(world, 1).far.calls).toHaveLength(1);
  });

  it('is not sent again over a channel of its own', async () => {
    await using world = await aWorld('lan', 'lan');
    const { near } = linkAt(world, 0);
    const calls = await world.outgoing.over(near, files, AbortSignal.timeout(10_000));
    const done = calls.call({ tool: 'write', arguments: {} }, undefined);
    near.abort(cut);
    await expect(done).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/did not run/u),
    });
    expect(world.opened).toBe(0);
  });
});

describe('a channel that is to end', () => {
  it('takes no new calls, and closes after its last', async () => {
    await using world = await linked('lan', 'relayed');
    const { near, far } = linkAt(world, 0);
    expect(near.busy?.()).toBe(false);
    far.answers = false;
    const closed = new Promise((resolve) => (far.channel.onClose = resolve));
    const idle = new Promise<void>((resolve) => (near.onIdle = resolve));
    const last = world.call();
    await far.heard(1);
    expect(near.busy?.()).toBe(true);
    near.retiring = true;
    expect(await world.call()).toMatchObject({ content: [{ text: 'done by relayed' }] });
    expect(far.calls).toHaveLength(1);
    for (const request of far.calls) far.answer(request);
    expect(await last).toMatchObject({ content: [{ text: 'done by lan' }] });
    await idle;
    expect(near.busy?.()).toBe(false);
    expect(await closed).toBeNull();
    expect(linkAt(world, 1).near.busy?.()).toBe(false);
  });

  it('is closed at once where nothing is under way', async () => {
    await using world = await linked('lan', 'relayed');
    const { near, far } = linkAt(world, 0);
    const closed = new Promise((resolve) => (far.channel.onClose = resolve));
    near.retiring = true;
    await world.call();
    expect(await closed).toBeNull();
  });

  it('closes after its last even where it moved after all', async () => {
    await using world = await linked('lan', 'relayed');
    const { near, far } = linkAt(world, 0);
    far.answers = false;
    const closed = new Promise((resolve) => (far.channel.onClose = resolve));
    const last = world.call();
    await far.heard(1);
    near.retiring = true;
    await world.call();
    const next = await aLink('direct');
    near.goOn(next.near);
    far.channel.goOn(next.far.channel);
    expect(near.retiring).toBe(false);
    for (const request of far.calls) far.answer(request);
    await last;
    expect(await closed).toBeNull();
  });
});
