import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupNotifications } from '../../../../main/electron/notifications.ts';
import { Notification, resetElectron } from '../../../fixtures/fake-electron.ts';
import { aWaitingApproval as waiting, waitingForPerson as all } from '../../../fixtures/waiting.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

const plain = (text: string | undefined): string | undefined => text?.replaceAll(/[\u2068\u2069]/g, '');
const bodies = (): (string | undefined)[] => Notification.shown.map(({ body }) => plain(body));
const buttons = (): string[] => Notification.shown.flatMap(({ actions }) => actions.map(({ text }) => text));
const only = (): Notification => {
  const [first, second] = Notification.shown;
  if (first === undefined || second !== undefined) throw new Error(`${Notification.shown.length} are shown`);
  return first;
};

function open({
  isFocused = false,
  platform = 'linux',
}: { isFocused?: boolean; platform?: NodeJS.Platform } = {}) {
  const show = vi.fn();
  const answer = vi.fn<(id: string, digest: string, answer: 'allow' | 'deny') => void>();
  const clock = { now: 0, focused: isFocused };
  const notifications = setupNotifications({
    platform,
    show,
    answer,
    isFocused: () => clock.focused,
    now: () => clock.now,
  });
  return { show, answer, clock, ...notifications };
}
const small = {
  tool: 'read_file',
  risk: 'reads',
  whole: [{ name: 'path', json: '"/tmp/notes"' }],
} as const;

describe('notifications of what waits', () => {
  it('say who wants what, once', () => {
    const { update } = open();
    update(all([waiting('a')]));
    update(all([waiting('a')]));
    expect(bodies()).toEqual(['Ada wants to use files ▸ write_file.']);
  });

  it('say that a call is one of our own', () => {
    const { update } = open();
    update(all([waiting('a', { direction: 'out', who: '<b>Ada' })]));
    expect(Notification.shown[0]?.title).toBe('Your own call waits for you');
    expect(bodies()).toEqual([
      'It goes to ‹b›Ada, files ▸ write_file, over a legacy link, whose answers are not encrypted.',
    ]);
  });

  it('say that an answer is held', () => {
    const { update } = open();
    const { id, peerId, who, agent, tool } = waiting('r');
    update(all([], { reviews: [{ id, peerId, who, agent, tool }] }));
    expect(bodies()).toEqual(['files ▸ write_file has answered Ada.']);
  });

  it('lead to the page', () => {
    const { update, show } = open();
    update(all([waiting('a')]));
    only().emit('click');
    expect(show).toHaveBeenCalledOnce();
    expect(buttons()).toEqual([]);
  });

  it('are taken back when the question is gone', () => {
    const { update, clear } = open();
    const bob = waiting('b', { who: 'Bob', peerId: 'bob' });
    update(all([waiting('a'), bob]));
    update(all([bob]));
    expect(bodies()).toEqual(['Bob wants to use files ▸ write_file.']);
    clear();
    expect(bodies()).toEqual([]);
  });

  it('are one for each peer, heard once however many calls follow', () => {
    const { update, clock } = open();
    const heard: boolean[] = [];
    for (let count = 1; count <= 8; count += 1) {
      update(all(Array.from({ length: count }, (_, index) => waiting(`id-${index}`))));
      heard.push(!only().silent);
    }
    expect(bodies()).toEqual(['8 calls of Ada wait for you in Gatehouse.']);
    expect(heard.filter(Boolean)).toHaveLength(1);
    expect(heard[0]).toBe(true);
    update(all([]));
    update(all([waiting('z')]));
    expect(only().silent).toBe(true);
    update(all([]));
    clock.now += 60_000;
    update(all([waiting('y')]));
    expect(only().silent).toBe(false);
  });

  it('become one when many peers call', () => {
    const { update } = open();
    const many = Array.from({ length: 40 }, (_, at) => waiting(`id-${at}`, { peerId: `peer-${at}` }));
    for (let count = 1; count <= many.length; count += 1) update(all(many.slice(0, count)));
    expect(bodies()).toEqual(['40 calls of 40 peers wait for you in Gatehouse.']);
    update(all([]));
    expect(bodies()).toEqual([]);
  });

  it('are not shown to someone who looks at the window', () => {
    const { update } = open({ isFocused: true });
    update(all([waiting('a')]));
    expect(bodies()).toEqual([]);
  });

  it('that no longer say what is so are taken back from someone who looks at the window', () => {
    const { update, clock } = open();
    update(all([waiting('a'), waiting('b')]));
    clock.focused = true;
    update(all([waiting('a')]));
    expect(bodies()).toEqual([]);
  });

  it('disturb nobody who is not to be disturbed', () => {
    const { update } = open();
    update(all([waiting('a')], { quiet: true }));
    expect(bodies()).toEqual([]);
    update(all([waiting('a')]));
    expect(bodies()).toHaveLength(1);
  });

  it('are not of what was put off, until it comes back', () => {
    const { update } = open();
    update(all([waiting('a', { putOff: true })]));
    expect(bodies()).toEqual([]);
    update(all([waiting('a')]));
    expect(bodies()).toHaveLength(1);
  });

  it('are not tried where the system has none', () => {
    Notification.supported = false;
    const { update } = open();
    update(all([waiting('a')]));
    expect(bodies()).toEqual([]);
  });

  it('show hostile names as they are: no markup, nothing hidden, not too long', () => {
    const { update } = open();
    update(
      all([
        waiting('a', {
          who: '<a href="https://example.org">Ada</a>&amp;\u202eevil\u200b\n',
          tool: 'x'.repeat(500),
        }),
      ]),
    );
    const [body] = bodies();
    expect(body).not.toMatch(/[<>&\u202e\u200b\n]/);
    expect(body).toContain('‹a href=');
    expect(body?.length).toBeLessThan(200);
  });
});

describe('the buttons of a notification', () => {
  it('allow or deny the one call that is shown whole, by its digest', () => {
    const { update, answer, show } = open({ platform: 'darwin' });
    update(all([waiting('a', small)]));
    expect(bodies()).toEqual(['Ada (…jMdJFQe6) wants to use files ▸ read_file\npath: "/tmp/notes"']);
    expect(buttons()).toEqual(['Allow', 'Deny']);
    only().press('Allow');
    expect(answer).toHaveBeenLastCalledWith('a', 'ab'.repeat(32), 'allow');
    only().press('Deny');
    expect(answer).toHaveBeenLastCalledWith('a', 'ab'.repeat(32), 'deny');
    expect(show).not.toHaveBeenCalled();
  });

  it.each([
    ['that destroys', { risk: 'destroys' }],
    ['whose tool has changed', { toolChanged: true }],
    ['over a legacy link', { path: 'legacy' }],
    ['whose arguments are not all told', { whole: null }],
    ['whose arguments are too long', { whole: [{ name: 'a', json: `"${'x'.repeat(200)}"` }] }],
    ['whose arguments are more than is soon read', { whole: [{ name: 'a', json: `"${'x'.repeat(100)}"` }] }],
    ['with a gap in an argument', { whole: [{ name: 'a', json: '"one  two"' }] }],
    ['with too many lines', { whole: ['a', 'b', 'c'].map((name) => ({ name, json: '1' })) }],
    ['with an escape in an argument', { whole: [{ name: 'a', json: '"\\u0000"' }] }],
    ['with something hidden in an argument', { whole: [{ name: 'a', json: '"x\u202ey"' }] }],
    ['with something hidden in the name of an argument', { whole: [{ name: 'a\u200b', json: '1' }] }],
    ['of a peer whose name hides something', { who: 'Ada\u200b' }],
    ['of a peer whose name is cut', { who: 'A'.repeat(61) }],
    ['of a tool with markup in its name', { tool: 'read<b>' }],
  ] as const)('do not allow a call %s', (_, change) => {
    const { update, answer, show } = open({ platform: 'darwin' });
    update(all([waiting('a', { ...small, ...change })]));
    expect(buttons()).toEqual(['Show', 'Deny']);
    only().press('Show');
    expect(show).toHaveBeenCalledOnce();
    expect(answer).not.toHaveBeenCalled();
  });

  it('are none where several calls wait, for calls of our own, or without buttons on the system', () => {
    const { update } = open({ platform: 'darwin' });
    update(all([waiting('a', small), waiting('b', small)]));
    expect(buttons()).toEqual([]);
    resetElectron();
    open({ platform: 'darwin' }).update(all([waiting('a', { ...small, direction: 'out' })]));
    expect(buttons()).toEqual([]);
    resetElectron();
    open({ platform: 'linux' }).update(all([waiting('a', small)]));
    expect(buttons()).toEqual([]);
  });

  it('lead to the page where the answer comes too late', () => {
    const { update, answer, show } = open({ platform: 'win32' });
    answer.mockImplementation(() => {
      throw new Error('This question no longer waits.');
    });
    update(all([waiting('a', small)]));
    only().press('Allow');
    expect(show).toHaveBeenCalledOnce();
  });
});
