import { app } from 'electron';

/**
 * Takes `gatehouse://` links. Only an installed copy registers itself with the operating system, so that a
 * checkout does not leave a link handler that points nowhere.
 *
 * @param onLink the link as it came: hostile until parsed
 */
export function setupProtocolClient(onLink: (link: string) => void): void {
  // macOS hands links over by an event; the other systems start a second instance.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    onLink(url);
  });
  if (!app.isPackaged) return;
  // After `--` nothing in a link can pass for a switch (CVE-2018-1000006).
  app.setAsDefaultProtocolClient('gatehouse', process.execPath, ['--']);
}
