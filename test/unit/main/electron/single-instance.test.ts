import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupSingleInstance } from '../../../../main/electron/single-instance.ts';
import { app, FakeEvent, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

describe('one Gatehouse per data folder', () => {
  it('lets the first one start', () => {
    expect(setupSingleInstance(null, vi.fn())).toBe(true);
  });

  it('sends the second one away, with its link handed over', () => {
    app.isFirstInstance = false;
    expect(setupSingleInstance('gatehouse://show/peers', vi.fn())).toBe(false);
    expect(app.lockData).toEqual({ link: 'gatehouse://show/peers' });
    expect(app.listenerCount('second-instance')).toBe(0);
  });

  it('tells the first one of the second and its link', () => {
    const onSecondStart = vi.fn();
    setupSingleInstance(null, onSecondStart);
    app.emit('second-instance', new FakeEvent(), ['Gatehouse'], '/', { link: 'gatehouse://show/calls' });
    expect(onSecondStart).toHaveBeenCalledExactlyOnceWith('gatehouse://show/calls');
  });

  it.each([undefined, null, 'gatehouse://x', { link: 7 }, { link: 'x'.repeat(3000) }])(
    'still comes to the front where the second hands over %j',
    (data) => {
      const onSecondStart = vi.fn();
      setupSingleInstance(null, onSecondStart);
      app.emit('second-instance', new FakeEvent(), [], '/', data);
      expect(onSecondStart).toHaveBeenCalledExactlyOnceWith(null);
    },
  );
});
