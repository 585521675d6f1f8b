/**
 * The bridge between the page and the shell, and no logic of its own: it says that this is Electron, and hands
 * one port over from the main process to the page. It runs sandboxed, in a world of its own.
 */
import { contextBridge, ipcRenderer } from 'electron';

const CHANNEL = 'gatehouse:port';

/** As much of the DOM as is used here; the main process's types know none. */
declare const window: {
  readonly location: { readonly origin: string };
  addEventListener(
    type: 'message',
    listener: (event: { readonly source: unknown; readonly origin: string; readonly data: unknown }) => void,
  ): void;
  postMessage(message: unknown, origin: string, transfer: readonly unknown[]): void;
};

contextBridge.exposeInMainWorld('gatehouse', { shell: 'electron', platform: process.platform });

window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== window || origin !== window.location.origin) return;
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'gatehouse-ready')
    return;
  ipcRenderer.send(CHANNEL);
});

ipcRenderer.on(CHANNEL, ({ ports }) => {
  window.postMessage({ type: 'gatehouse-port' }, window.location.origin, ports.slice(0, 1));
});
