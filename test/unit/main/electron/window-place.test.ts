import { describe, expect, it } from 'vitest';
import { placeWindow } from '../../../../main/electron/window-place.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1080 };
const second = { x: 1920, y: 200, width: 1280, height: 1024 };
const kept = { x: 100, y: 80, width: 1000, height: 700 };

describe('the place of the window', () => {
  it('is the middle of the screen at first', () => {
    expect(placeWindow(null, [screen])).toEqual({ width: 1200, height: 800 });
  });

  it('is where it was', () => {
    expect(placeWindow(kept, [screen])).toEqual(kept);
    expect(placeWindow({ ...kept, x: 2000, y: 300 }, [screen, second])).toEqual({ ...kept, x: 2000, y: 300 });
  });

  it.each([
    ['the second screen is gone', { ...kept, x: 2000, y: 300 }],
    ['its title bar is above the screen', { ...kept, y: -40 }],
    ['only a corner would be seen', { ...kept, x: 1900 }],
    ['it lies below the screen', { ...kept, y: 1070 }],
  ])('is the middle again where %s', (_why, bounds) => {
    expect(placeWindow(bounds, [screen])).toEqual({ width: 1000, height: 700 });
  });

  it('is never smaller than the interface can be', () => {
    expect(placeWindow({ ...kept, width: 10, height: 10 }, [screen])).toEqual({
      ...kept,
      width: 420,
      height: 480,
    });
  });
});
