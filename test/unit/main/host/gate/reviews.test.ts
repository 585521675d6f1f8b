import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReviewOutcome, ReviewQuestion, WaitingReview } from '../../../../../main/host/gate/index.ts';
import { ReviewView, type ReviewAnswer } from '../../../../../shared/gate.ts';
import { CallId } from '../../../../../shared/ids.ts';
import { alice, bob, makeWorld, notes, only, type World } from './setup.ts';
import { ask, isSettled, later } from './asking.ts';

let world: World;
let told: [string, ReviewView | null][];
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
  told = [];
  world.gate.on('review', (id, view) => told.push([id, view]));
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const result = { content: [{ type: 'text', text: 'secret' }], isError: false };
const asked = (change: Partial<ReviewQuestion> = {}): ReviewQuestion => ({
  callId: CallId.parse(7),
  peerId: alice,
  path: 'lan',
  agent: notes,
  tool: 'read',
  ruleId: null,
  result,
  ...change,
});
function hold(change: Partial<ReviewQuestion> = {}): WaitingReview {
  const held = world.gate.review(asked(change));
  if ('refused' in held) throw new Error(JSON.stringify(held.refused));
  return held;
}
function refusedAtOnce(change: Partial<ReviewQuestion> = {}): ReviewOutcome {
  const held = world.gate.review(asked(change));
  if (!('refused' in held)) throw new Error('it waits');
  return held.refused;
}
const theReview = (): ReviewView => only(world.gate.reviews());
const give = (answer: ReviewAnswer): void =>
  world.gate.answerReview(theReview().id, theReview().digest, answer);
const redact = (text: string) => ({ kind: 'redact', result: text }) as const;

describe('an answer of an agent that is held', () => {
  it('is shown as it is', () => {
    hold({ ruleId: null });
    const json = '{"content":[{"text":"secret","type":"text"}],"isError":false}';
    const view = ReviewView.parse(theReview());
    expect(view).toMatchObject({
      callId: 7,
      peerId: alice,
      agent: 'notes',
      tool: 'read',
      toolError: false,
      preview: json,
      resultBytes: json.length,
      digest: createHash('sha256').update(json).digest('hex'),
      askedAt: world.clock.wall,
      deadline: world.clock.wall + 300_000,
      callerAway: false,
    });
    expect(world.gate.resultOf(view.id)).toBe(json);
    expect(told).toEqual([[view.id, view]]);
    expect(world.gate.waiting()).toBe(1);
  });

  it('cuts its preview without leaving half a character, and tells the size', () => {
    const text = '🙂'.repeat(20_000);
    hold({ result: { content: [{ type: 'text', text }] } });
    expect(theReview().preview).toHaveLength(2000);
    expect(theReview().preview.isWellFormed()).toBe(true);
    expect(theReview().resultBytes).toBeGreaterThan(80_000);
  });

  it('leaves as it was shown, whatever becomes of it meanwhile', async () => {
    const mutable = { content: [{ type: 'text', text: 'shown' }] };
    const { outcome } = hold({ result: mutable });
    mutable.content = [{ type: 'text', text: 'not shown' }];
    give({ kind: 'release' });
    expect(await outcome).toEqual({
      effect: 'release',
      result: { content: [{ type: 'text', text: 'shown' }] },
      changed: false,
    });
    expect(told.at(-1)?.[1]).toBeNull();
    expect(world.gate.waiting()).toBe(0);
  });

  it('leaves as the person has changed it', async () => {
    const { outcome } = hold();
    give(redact('{"content": [{"type": "text", "text": "●●●"}]}'));
    expect(await outcome).toEqual({
      effect: 'release',
      result: { content: [{ type: 'text', text: '●●●' }] },
      changed: true,
    });
  });

  it('that was changed into what it was is not changed', async () => {
    const { outcome } = hold();
    give(redact('{"isError":false, "content":[{"type":"text","text":"secret"}]}'));
    expect(await outcome).toMatchObject({ changed: false });
  });

  it.each([
    'nonsense',
    '[]',
    '{}',
    '{"content":"text"}',
    '{"content":[{"type":"text"}]}',
    '{"content":[{"type":"unheard-of"}]}',
    '{"content":[{"type":"image","data":"%%","mimeType":"image/png"}]}',
    '{"content":[],"structuredContent":[]}',
    '{"content":[],"isError":"no"}',
    `{"content":[],"deep":${'['.repeat(200)}${']'.repeat(200)}}`,
    String.raw`{"content":[{"type":"text","text":"\udfff"}]}`,
  ])('does not leave as %s', async (text) => {
    const { outcome } = hold();
    expect(() => give(redact(text))).toThrow(expect.objectContaining({ code: 'INVALID' }));
    expect(await isSettled(outcome)).toBe(false);
  });

  it('of no tool may be any object', async () => {
    const { outcome } = hold({ tool: 'prompts/get:x', result: { messages: [] } });
    give(redact('{"messages":[1]}'));
    expect(await outcome).toMatchObject({ result: { messages: [1] } });
  });

  it('is refused, with the reason and that the call has run', async () => {
    const { outcome } = hold();
    give({ kind: 'refuse', reason: 'Private\u202e' });
    expect(await outcome).toMatchObject({
      effect: 'refuse',
      decision: { effect: 'deny', by: 'person' },
      error: {
        code: -32060,
        message: 'The call has run, but the person there does not give out its answer: Private⟨U+202E⟩',
        data: { reason: 'result-refused', said: 'Private⟨U+202E⟩', ran: true },
      },
    });
  });

  it('is answered by the digest of what was shown, once', async () => {
    const { outcome } = hold();
    const { id, digest } = theReview();
    expect(() => world.gate.answerReview(id, 'ab'.repeat(32), { kind: 'release' })).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
    world.gate.answerReview(id, digest, { kind: 'refuse', reason: null });
    expect(() => world.gate.answerReview(id, digest, { kind: 'release' })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect(() => world.gate.resultOf(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(await outcome).toMatchObject({ effect: 'refuse' });
  });

  it('does not leave when nobody answers in time', async () => {
    const { outcome } = hold();
    const { id, digest } = theReview();
    later(world, 300_000);
    expect(await outcome).toMatchObject({
      effect: 'refuse',
      decision: { by: 'expired' },
      error: { code: -32061, message: expect.stringMatching(/has run/u), data: { ran: true } },
    });
    expect(() => world.gate.answerReview(id, digest, { kind: 'release' })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('does not leave after its time, even where a timer is late or the clock was set back', async () => {
    const { outcome } = hold();
    const { id, digest } = theReview();
    world.clock.monotonic += 300_000;
    world.clock.wall -= 86_400_000;
    expect(() => world.gate.answerReview(id, digest, { kind: 'release' })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect(await outcome).toMatchObject({ effect: 'refuse', decision: { by: 'expired' } });
  });

  it.each<[string, string, number, (gate: World['gate']) => void]>([
    ['stop all', 'stopped', -32063, (gate) => gate.setStopped(true)],
    ['the end of the host', 'withdrawn', -32064, (gate) => gate.stop()],
    ['the end of the contact', 'withdrawn', -32060, (gate) => gate.forgetPeer(alice)],
  ])('does not leave after %s', async (_, by, code, happens) => {
    const { outcome } = hold();
    happens(world.gate);
    expect(await outcome).toMatchObject({
      effect: 'refuse',
      decision: { by },
      error: { code, message: expect.stringMatching(/has run/u) },
    });
    expect(world.gate.reviews()).toEqual([]);
    vi.advanceTimersByTime(400_000);
  });

  it('does not leave for a peer that is blocked with the answer to another question', async () => {
    const { outcome } = hold();
    const other = hold({ peerId: bob });
    ask(world);
    const view = only(world.gate.approvals());
    world.gate.answer(view.id, view.digest, { kind: 'deny-and-block' });
    expect(await outcome).toMatchObject({ effect: 'refuse' });
    expect(await isSettled(other.outcome)).toBe(false);
  });

  it('is withdrawn with its caller, and says when that is away', async () => {
    const held = hold();
    held.away(true);
    expect(theReview().callerAway).toBe(true);
    held.cancel();
    expect(await held.outcome).toMatchObject({ effect: 'refuse', decision: { by: 'withdrawn' } });
  });
});

describe('answers that cannot be held', () => {
  it('are refused when too many of one peer wait, and those of others are not', () => {
    world.settings.questionsPerPeer = 2;
    hold();
    hold();
    expect(refusedAtOnce()).toMatchObject({
      effect: 'refuse',
      decision: { by: 'limits' },
      error: { code: -32065, message: expect.stringMatching(/has run/u), data: { reason: 'result-refused' } },
    });
    hold({ peerId: bob });
  });

  it('are refused when they are too much text', () => {
    const text = 'x'.repeat(8_000_000);
    const large = { result: { content: [{ type: 'text', text }] } };
    for (let count = 0; count < 4; count += 1) hold(large);
    expect(refusedAtOnce(large)).toMatchObject({ decision: { by: 'limits' } });
    hold();
  });

  it('are refused when they could not be shown', () => {
    const deep: unknown = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
    for (const broken of [{ deep }, { text: '\ud800' }]) {
      expect(refusedAtOnce({ result: broken })).toMatchObject({
        error: { data: { reason: 'result-refused' } },
      });
    }
    expect(world.gate.reviews()).toEqual([]);
  });

  it('are refused while everything is stopped', () => {
    world.gate.setStopped(true);
    expect(refusedAtOnce()).toMatchObject({ decision: { by: 'stopped' }, error: { code: -32063 } });
  });
});
