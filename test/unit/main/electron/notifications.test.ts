import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupNotifications } from '../../../../main/electron/notifications.ts';
import type { WaitingApproval } from '../../../../main/host/index.ts';
import { Notification, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

const waiting = (id: string, change: Partial<WaitingApproval> = {}): WaitingApproval => ({
  id,
  direction: 'in',
  who: 'Ada',
  agent: 'files',
  tool: 'write_file',
  ...change,
});
const plain = (text: string | undefined): string | undefined => text?.replaceAll(/[\u2068\u2069]/g, '');
const bodies = (): (string | undefined)[] => Notification.shown.map(({ body }) => plain(body));

function open(isFocused = false) {
  const show = vi.fn();
  return { show, ...setupNotifications({ show, isFocused: () => isFocused }) };
}

describe('notifications of waiting approvals', () => {
  it('say who wants what, once', () => {
    const { update } = open();
    update([waiting('a')]);
    update([waiting('a')]);
    expect(bodies()).toEqual(['Ada wants to use files ▸ write_file.']);
  });

  it('say that a call is one of our own', () => {
    const { update } = open();
    update([waiting('a', { direction: 'out', who: '<b>Ada' })]);
    expect(Notification.shown[0]?.title).toBe('Your own call waits for you');
    expect(bodies()).toEqual([
      'It goes to ‹b›Ada, files ▸ write_file, over a legacy link, whose answers are not encrypted.',
    ]);
  });

  it('lead to the page, and offer nothing else', () => {
    const { update, show } = open();
    update([waiting('a')]);
    Notification.shown[0]?.emit('click');
    expect(show).toHaveBeenCalledOnce();
    expect(Object.keys(Notification.shown[0] ?? {})).not.toContain('actions');
  });

  it('are taken back when the question is gone', () => {
    const { update, clear } = open();
    update([waiting('a'), waiting('b', { who: 'Bob' })]);
    update([waiting('b', { who: 'Bob' })]);
    expect(bodies()).toEqual(['Bob wants to use files ▸ write_file.']);
    clear();
    expect(bodies()).toEqual([]);
  });

  it('become one when there are many, however many there are', () => {
    const { update } = open();
    const many = Array.from({ length: 40 }, (_, index) => waiting(`id-${String(index)}`));
    for (let count = 1; count <= many.length; count += 1) update(many.slice(0, count));
    expect(bodies()).toEqual(['40 calls wait for your answer in Gatehouse.']);
    update([]);
    expect(bodies()).toEqual([]);
  });

  it('are not shown to someone who looks at the window', () => {
    const { update } = open(true);
    update([waiting('a')]);
    expect(bodies()).toEqual([]);
  });

  it('are not tried where the system has none', () => {
    Notification.supported = false;
    const { update } = open();
    update([waiting('a')]);
    expect(bodies()).toEqual([]);
  });

  it('show hostile names as they are: no markup, nothing hidden, not too long', () => {
    const { update } = open();
    update([
      waiting('a', {
        who: '<a href="https://example.org">Ada</a>&amp;\u202eevil\u200b\n',
        tool: 'x'.repeat(500),
      }),
    ]);
    const [body] = bodies();
    expect(body).not.toMatch(/[<>&\u202e\u200b\n]/);
    expect(body).toContain('‹a href=');
    expect(body?.length).toBeLessThan(200);
  });
});
