import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupProtocolClient } from '../../../../main/electron/protocol-client.ts';
import { app, FakeEvent, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

describe('gatehouse:// links', () => {
  it('are registered by an installed copy, with nothing in them read as a switch', () => {
    app.isPackaged = true;
    setupProtocolClient(vi.fn());
    expect(app.protocolClients).toEqual([['gatehouse', process.execPath, ['--']]]);
  });

  it('are left alone by a checkout', () => {
    setupProtocolClient(vi.fn());
    expect(app.protocolClients).toEqual([]);
  });

  it('are taken from macOS by their event', () => {
    const onLink = vi.fn();
    setupProtocolClient(onLink);
    const event = new FakeEvent();
    app.emit('open-url', event, 'gatehouse://show/peers');
    expect(onLink).toHaveBeenCalledExactlyOnceWith('gatehouse://show/peers');
    expect(event.defaultPrevented).toBe(true);
  });
});
