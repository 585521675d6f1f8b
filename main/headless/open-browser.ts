import { spawn } from 'node:child_process';

/** Whether a window could be shown: a Linux without X11 and Wayland has nowhere for it. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  return platform !== 'linux' || Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY']);
}

/** The program that opens an address in the person's browser, and its arguments. Pure. */
export function opener(platform: NodeJS.Platform, url: string): { command: string; args: string[] } {
  switch (platform) {
    case 'darwin':
      return { command: 'open', args: [url] };
    case 'win32':
      // `start` belongs to the shell; this program takes the address as it is, without a shell reading it.
      return { command: 'rundll32', args: ['url.dll,FileProtocolHandler', url] };
    default:
      return { command: 'xdg-open', args: [url] };
  }
}

/** Shows an address in the person's browser where there is a display. Never fails: the address was printed too. */
export function openBrowser(url: string): void {
  if (!hasDisplay(process.platform, process.env)) return;
  const { command, args } = opener(process.platform, url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
