import { app } from 'electron';

/**
 * Keeps every page where it is: no navigation, no new window, no webview, whatever made the web contents.
 * The interface opens nothing outside itself, so there is no exception.
 */
export function setupContentsGuard(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    // Covers the main frame and every other; programmatic loads of ours do not come by here.
    contents.on('will-frame-navigate', (event) => {
      event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
    });
  });
}
