import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupMenu } from '../../../../main/electron/menu.ts';
import type { ShellState } from '../../../../main/electron/shell-state.ts';
import { app, Menu, resetElectron, type FakeMenuItem } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

function menuOf(platform: NodeJS.Platform, change = vi.fn()): FakeMenuItem[] {
  const state: ShellState = { bounds: null, maximised: false, onClose: null };
  setupMenu({ state: { state, change, flush: () => Promise.resolve() }, platform });
  return (Menu.current?.items ?? []).flatMap((item) => [item, ...(item.submenu ?? [])]);
}
const rolesOf = (items: FakeMenuItem[]): string[] => items.flatMap(({ role }) => role ?? []);

describe('the menu', () => {
  it('has the usual places of each system', () => {
    expect(rolesOf(menuOf('darwin'))).toEqual(
      expect.arrayContaining(['appMenu', 'close', 'editMenu', 'windowMenu']),
    );
    expect(rolesOf(menuOf('darwin'))).not.toContain('quit');
    expect(rolesOf(menuOf('linux'))).toEqual(expect.arrayContaining(['quit', 'editMenu', 'zoomIn', 'about']));
  });

  it('offers reloading and the developer tools in a checkout only', () => {
    expect(rolesOf(menuOf('linux'))).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']));
    app.isPackaged = true;
    expect(rolesOf(menuOf('linux'))).not.toEqual(expect.arrayContaining(['reload']));
    expect(rolesOf(menuOf('linux'))).not.toEqual(expect.arrayContaining(['toggleDevTools']));
  });

  it('changes what closing the window does', () => {
    const change = vi.fn();
    const item = menuOf('linux', change).find(({ id }) => id === 'keep-running');
    item?.click?.({ checked: true });
    item?.click?.({ checked: false });
    expect(change.mock.calls).toEqual([[{ onClose: 'keep' }], [{ onClose: 'quit' }]]);
    expect(menuOf('darwin').some(({ id }) => id === 'keep-running')).toBe(false);
  });
});
