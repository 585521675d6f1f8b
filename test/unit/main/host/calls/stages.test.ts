/** What the other side says of where a call stands, is shown as it happens; and it may say anything. */
import { describe, expect, it } from 'vitest';
import { callErrorOf, pausedUntil } from '../../../../../main/host/calls/foreign-errors.ts';
import { stageTold } from '../../../../../main/host/calls/stage-told.ts';
import { done, host, TicketWorld } from './ticket-world.ts';

const told = (stage: unknown): object => ({ progressToken: 1, _meta: { 'app.gatehouse/stage': stage } });

describe('the stage that a peer tells', () => {
  it.each([[{ stage: 'sleeping' }], [{ stage: ['waiting'] }], ['waiting'], [null], [{ deadline: 5 }]])(
    'is passed over where it is %j',
    (stage) => {
      expect(stageTold({ ...told(stage) })).toBeNull();
    },
  );

  it.each([[Number.MAX_VALUE], [-1], ['soon'], [Date.now() + 48 * 60 * 60 * 1000], [Number.NaN]])(
    'has no deadline where it says %j',
    (deadline) => {
      expect(stageTold({ ...told({ stage: 'waiting', deadline }) })).toMatchObject({ deadline: null });
    },
  );

  it('is recorded two hundred times at most, however often it changes', async () => {
    await using world = new TicketWorld();
    const result = world.call();
    const agent = await world.until(() => world.worked[0]);
    const { far } = world.streams[0] ?? expect.fail('no stream');
    const before = world.callerCalls.length;
    for (let time = 0; time < 1000; time += 1) {
      const stage = time % 2 === 0 ? 'waiting' : 'running';
      const message = '\u202eforged '.repeat(100);
      const params = {
        progressToken: 2,
        progress: time,
        message,
        _meta: { 'app.gatehouse/stage': { stage } },
      };
      far.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
    }
    agent.answer(done('all the same'));
    expect(await result).toMatchObject({ content: [{ text: 'all the same' }] });
    const shown = world.callerCalls.slice(before);
    expect(shown.length).toBe(201);
    expect(JSON.stringify(shown)).not.toContain('forged');
  });
});

describe('a caller sees', () => {
  it('that its call waits and until when, and when that moves', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call();
    const asked = await world.until(() => world.asked[0]);
    const first = await world.until(() => world.ours.last.status === 'waiting' && world.ours.last.deadline);
    asked.moveTo(first + 60_000);
    await world.until(() => world.ours.last.deadline === first + 60_000);
    expect(world.theirs.last).toMatchObject({ status: 'waiting', deadline: first + 60_000 });
    asked.settle(world.allow({ ...asked, args: { text: 'other' }, edited: true }));
    const agent = await world.until(() => world.worked[0]);
    expect(agent.request.params).toMatchObject({ name: 'write', arguments: { text: 'other' } });
    await world.until(() => world.ours.last.status === 'running');
    expect(world.ours.last).toMatchObject({ changed: 'arguments', deadline: null });
    agent.answer({ result: { content: [], _meta: { 'app.gatehouse/changed': 'both', kept: 1 } } });
    expect(await result).toEqual({ content: [], _meta: { 'app.gatehouse/changed': 'arguments', kept: 1 } });
    expect(world.theirs.last).toMatchObject({ status: 'answered', changed: 'arguments' });
    expect(JSON.parse(world.theirs.bodies.get(1)?.edited ?? '')).toEqual({ text: 'other' });
    expect(world.used).toMatchObject([{ bytes: expect.any(Number), seconds: expect.any(Number) }]);
  });

  it('nothing of an error that would have been looked at first', async () => {
    await using world = new TicketWorld();
    world.gate = 'allow-and-review';
    const result = world.call();
    const agent = await world.until(() => world.worked[0]);
    agent.answer({ error: { code: -32000, message: 'the secret', data: { more: 'secrets' } } });
    await expect(result).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
    expect(JSON.stringify([...world.ours.views.values()])).not.toContain('secret');
  });

  it('no code of an error that would have been looked at first, whatever reason the agent gives', async () => {
    await using world = new TicketWorld();
    world.gate = 'allow-and-review';
    const raw = world.open();
    raw.call(1, null);
    (await world.until(() => world.worked[0])).answer({ error: { code: 1_234_567, message: 'x' } });
    expect((await raw.answer(1)).error).toMatchObject({ code: -32603 });
    raw.call(2, null);
    const data = { reason: 'agent-died', more: 'secret' };
    (await world.until(() => world.worked[1])).answer({ error: { code: 1_234_567, message: 'x', data } });
    expect((await raw.answer(2)).error).toEqual({
      code: -32064,
      message: expect.any(String),
      data: { reason: 'agent-died' },
    });
  });

  it('nothing of the progress of an agent whose answer is looked at first', async () => {
    await using world = new TicketWorld();
    world.gate = 'allow-and-review';
    const raw = world.open();
    raw.call(1, null);
    const agent = await world.until(() => world.worked[0]);
    agent.request.onProgress?.({ progress: 123, total: 456, message: 'the secret' });
    agent.answer(done('looked at'));
    const review = await world.until(() => world.reviewed[0]);
    agent.request.onProgress?.({ progress: 789, message: 'another secret' });
    review.settle({ effect: 'release', result: { content: [] }, changed: false });
    await raw.answer(1);
    expect(raw.lines.map(({ params }) => params?.['message'] ?? 'the answer')).toEqual([
      expect.stringContaining('looks at the answer first'),
      'the answer',
    ]);
    expect(JSON.stringify(raw.lines)).not.toMatch(/secret|123|456|789/u);
  });

  it('progress of an agent while that works, and none once the call has ended', async () => {
    await using world = new TicketWorld();
    const raw = world.open();
    raw.call(1, null);
    const agent = await world.until(() => world.worked[0]);
    agent.request.onProgress?.({ progress: 1, message: 'half of it' });
    agent.answer(done('all of it'));
    await raw.answer(1);
    agent.request.onProgress?.({ progress: 2, message: 'too late' });
    raw.send({ id: 2, method: 'ping' });
    await raw.answer(2);
    expect(raw.lines.flatMap(({ params }) => params?.['message'] ?? [])).toEqual(['half of it']);
  });

  it('that the person there did not let the answer out in time', async () => {
    await using world = new TicketWorld();
    world.gate = 'allow-and-review';
    const result = world.call();
    const agent = await world.until(() => world.worked[0]);
    agent.answer(done('too late'));
    const review = await world.until(() => world.reviewed[0]);
    const decision = { effect: 'deny', by: 'expired', ruleId: null } as const;
    const error = { code: -32061, message: 'Nobody looked in time.', data: { reason: 'expired' as const } };
    review.settle({ effect: 'refuse', decision, error });
    await expect(result).rejects.toMatchObject({ code: 'EXPIRED' });
    expect(world.theirs.last).toMatchObject({ status: 'refused', decision: { by: 'expired' } });
    expect(world.theirs.last.runMs).not.toBeNull();
  });

  it('until when its budget there is used up', async () => {
    await using world = new TicketWorld();
    world.gate = 'ask';
    const result = world.call();
    const asked = await world.until(() => world.asked[0]);
    const resetsAt = Date.now() + 1000;
    asked.settle({
      effect: 'deny',
      decision: { effect: 'deny', by: 'budget', ruleId: null },
      error: { code: -32062, message: 'Used up.', data: { reason: 'over-budget', resetsAt } },
    });
    await expect(result).rejects.toMatchObject({ code: 'BUSY' });
    expect(world.paused).toEqual([{ peerId: host, until: resetsAt }]);
  });
});

describe('an error of a peer', () => {
  it('carries the words of the person there, cut to 200 characters', () => {
    const data = { reason: 'denied-by-person', said: `${'no '.repeat(500)}\ud800` };
    const { message } = callErrorOf({ code: -32060, message: 'Denied.', data });
    expect(message).toMatch(/^Denied\. Their words: “no no/u);
    expect(message.length).toBeLessThan(230);
    expect(message.isWellFormed()).toBe(true);
  });

  it.each([
    [{ resetsAt: 'soon' }],
    [{ resetsAt: -1 }],
    [{ resetsAt: Number.POSITIVE_INFINITY }],
    [null],
    ['x'],
  ])('says nothing of a pause with %j', (data) => {
    expect(pausedUntil({ code: -32062, message: '', data })).toBeNull();
  });
});
