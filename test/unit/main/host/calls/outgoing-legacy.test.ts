import { describe, expect, it } from 'vitest';
import { ada, aLink, allow, aWorld, deny, files, linkAt } from './outgoing-setup.ts';

describe('a call over a legacy link', () => {
  it('is sent once the person here has allowed it, with what was shown', async () => {
    await using world = await aWorld('legacy');
    const { far } = linkAt(world, 0);
    const done = world.call({ path: '/notes', text: 'hello' });
    const approval = await world.asked();
    expect(approval).toMatchObject({
      direction: 'out',
      path: 'legacy',
      peerId: ada,
      agent: 'files',
      tool: 'write',
      callId: 1,
      risk: 'destroys',
      arguments: [
        { name: 'path', preview: '"/notes"' },
        { name: 'text', preview: '"hello"' },
      ],
    });
    expect(world.record()).toMatchObject({ status: 'waiting', path: 'legacy', decision: null });
    expect(far.calls).toEqual([]);
    await world.answer(allow);
    expect(await done).toMatchObject({ content: [{ text: 'done by legacy' }] });
    expect(far.calls).toMatchObject([{ params: { arguments: { path: '/notes', text: 'hello' } } }]);
    const decision = { effect: 'allow', by: 'person', ruleId: null };
    expect(world.record()).toMatchObject({ status: 'answered', path: 'legacy', decision });
    expect(world.record().waitMs).toBeGreaterThan(0);
    expect(world.records.get(1)?.map(({ status }) => status)).toEqual(['waiting', 'running', 'answered']);
  });

  it('is asked about each time', async () => {
    await using world = await aWorld('legacy');
    for (let count = 1; count <= 2; count += 1) {
      const done = world.call();
      await world.answer(allow);
      await done;
      expect(linkAt(world, 0).far.calls).toHaveLength(count);
    }
    expect(world.opened).toBe(1);
  });

  it('that is denied here is never sent', async () => {
    await using world = await aWorld('legacy');
    const done = world.call();
    await world.answer(deny);
    await expect(done).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/denied here/u),
      rpc: null,
    });
    expect(world.record()).toMatchObject({
      status: 'refused',
      decision: { effect: 'deny', by: 'person', ruleId: null },
      errorCode: null,
      runMs: null,
    });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('expires when nobody here answers', async () => {
    await using world = await aWorld('legacy');
    world.settings.approvalSeconds = 0.02;
    await expect(world.call()).rejects.toMatchObject({
      code: 'EXPIRED',
      message: expect.stringMatching(/in time/u),
    });
    expect(world.record()).toMatchObject({ status: 'refused', decision: { by: 'expired' } });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('is withdrawn when everything is stopped, and when its caller gives up', async () => {
    await using world = await aWorld('legacy');
    const stopped = world.call();
    await world.asked();
    world.gate.setStopped(true);
    await expect(stopped).rejects.toMatchObject({ code: 'STOPPED' });
    world.gate.setStopped(false);
    const caller = new AbortController();
    const cancelled = world.call({}, caller.signal);
    await world.asked();
    caller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(world.gate.approvals()).toEqual([]);
    expect(world.record(2)).toMatchObject({ status: 'cancelled' });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('that was allowed before everything was stopped is not sent after it', async () => {
    await using world = await aWorld('legacy');
    const done = world.call();
    const { id, digest } = await world.asked();
    world.gate.answer(id, digest, allow);
    world.gate.setStopped(true);
    await expect(done).rejects.toMatchObject({ code: 'STOPPED' });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('is not sent with other arguments than were shown', async () => {
    await using world = await aWorld('legacy');
    const args = { text: 'hello' };
    const done = world.call(args);
    const { id, digest } = await world.asked();
    world.gate.answer(id, digest, allow);
    args.text = 'bye';
    await expect(done).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/no longer those/u),
    });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('never goes to a blocked peer, nor with arguments that cannot be shown', async () => {
    await using world = await aWorld('legacy');
    await expect(world.call({ broken: '\ud800' })).rejects.toMatchObject({ code: 'INVALID' });
    world.trust = 'blocked';
    await expect(world.call()).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/blocked/u),
    });
    expect(linkAt(world, 0).far.calls).toEqual([]);
  });

  it('needs no leave for the list of tools, which makes nothing repeatable', async () => {
    const hints = { write: { idempotentHint: true } };
    await using world = await aWorld();
    world.offers.push(await aLink('legacy', hints), await aLink('legacy'));
    expect(await world.outgoing.tools(ada, files, undefined)).toMatchObject([{ name: 'write' }]);
    expect(world.gate.approvals()).toEqual([]);
    linkAt(world, 0).far.answers = false;
    const done = world.call();
    await world.answer(allow);
    await linkAt(world, 0).far.heard(1);
    linkAt(world, 0).near.abort(new Error('cut'));
    await expect(done).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/unknown/u),
    });
  });

  it('counts as one when the channel moves there before it is sent', async () => {
    await using world = await aWorld('lan');
    const { near, far } = linkAt(world, 0);
    far.channel.pause();
    const big = world.outgoing.over(near, files, AbortSignal.timeout(10_000));
    far.channel.resume();
    const calls = await big;
    far.channel.pause();
    // More than the channel takes at once, so that the second call waits for its turn.
    const text = 'x'.repeat(3 * 2 ** 20);
    const first = calls.call({ tool: 'write', arguments: { text } }, undefined);
    const second = calls.call({ tool: 'write', arguments: { text: 'late' } }, undefined);
    const next = await aLink('legacy');
    near.goOn(next.near);
    far.channel.goOn(next.far.channel);
    far.channel.resume();
    expect(await world.asked()).toMatchObject({ arguments: [{ preview: '"late"' }] });
    await world.answer(allow);
    await Promise.all([first, second]);
    expect(world.record(1)).toMatchObject({ path: 'lan', decision: { by: 'theirs' } });
    expect(world.record(2)).toMatchObject({ path: 'legacy', decision: { by: 'person' } });
  });

  it('counts as none when the channel left there before it is sent', async () => {
    await using world = await aWorld('legacy');
    const { near, far } = linkAt(world, 0);
    const done = world.call();
    await world.asked();
    const next = await aLink('lan');
    near.goOn(next.near);
    far.channel.goOn(next.far.channel);
    await world.answer(allow);
    await done;
    expect(world.record()).toMatchObject({ path: 'lan', decision: { by: 'theirs' } });
  });
});
