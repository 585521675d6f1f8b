/** The desktop app. This file only says what is set up, and in which order. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { app, session } from 'electron';
import { createHost } from '../host/index.ts';
import { registerAppScheme, setupAppProtocol } from './app-protocol.ts';
import { setupClosing } from './closing.ts';
import { setupContentsGuard } from './contents-guard.ts';
import { setupDataDir } from './data-dir.ts';
import { refuseToStart, setupFaults } from './faults.ts';
import { linkHost } from './host-links.ts';
import { parseLink } from './link.ts';
import { openLog } from './log.ts';
import { createMainWindow, type MainWindow } from './main-window.ts';
import { setupMenu } from './menu.ts';
import { setupNotifications } from './notifications.ts';
import { setupPageFaults } from './page-faults.ts';
import { findPaths } from './paths.ts';
import { setupPermissions, setupRequestFilter } from './permissions.ts';
import { setupPower } from './power.ts';
import { setupProtocolClient } from './protocol-client.ts';
import { setupQuitting, STOP_DEADLINE_MS } from './quitting.ts';
import { setupRendererPort } from './renderer-port.ts';
import { createSealedKeyStore } from './sealed-key-store.ts';
import { openShellState } from './shell-state.ts';
import { setupSingleInstance } from './single-instance.ts';
import { parseStartOptions } from './start-options.ts';
import { setupTray } from './tray.ts';

const options = parseStartOptions(process.argv, process.defaultApp);
startApp();

function startApp(): void {
  const dataDir = setupDataDir(options.dataDir);
  const log = openLog(join(app.getPath('userData'), 'gatehouse.log'), () => new Date());
  setupFaults(log);

  let main: MainWindow | null = null;
  let link = options.link;
  const followLink = (next: string | null): void => {
    link = next;
    main?.show((next === null ? null : parseLink(next)) ?? undefined);
  };
  if (!setupSingleInstance(link, followLink)) {
    app.quit();
    return;
  }

  app.enableSandbox();
  registerAppScheme();
  setupContentsGuard();
  setupProtocolClient(followLink);
  const quitting = setupQuitting({ deadlineMs: STOP_DEADLINE_MS, onError: (error) => log(String(error)) });

  const startHost = async (): Promise<void> => {
    await app.whenReady();
    const platform = process.platform;
    const paths = findPaths();
    setupPermissions(session.defaultSession);
    setupRequestFilter(session.defaultSession, { devTools: !app.isPackaged });
    setupAppProtocol(paths.rendererDir);

    const host = await createHost({
      dataDir,
      keyStore: await createSealedKeyStore(join(dataDir, 'identity.key')),
      version: app.getVersion(),
      defaultName: hostname(),
      listen: [],
      demo: options.demo,
    });
    quitting.onQuit(() => host.stop());
    const { attach, stopAll } = linkHost(host);

    const state = openShellState(join(app.getPath('userData'), 'shell.json'), {
      delayMs: 500,
      onError: (error) => log(String(error)),
    });
    quitting.onQuit(() => state.flush());
    setupMenu({ state, platform });
    main = createMainWindow({ state, preload: paths.preload });
    const { window, show } = main;
    quitting.onQuit(
      setupRendererPort(window.webContents, attach, (reason) => log(`No port given: ${reason}.`)),
    );
    setupPageFaults(window, { log, now: () => Date.now(), quit: () => app.quit() });
    setupClosing(window, { state, quitting, platform });

    const tray = setupTray({
      assetsDir: paths.assetsDir,
      platform,
      show: () => show(),
      stopAll: () => void stopAll().catch((error: unknown) => log(`Stop all failed: ${String(error)}`)),
    });
    const notifications = setupNotifications({
      show: () => show({ page: 'approvals', dial: null }),
      isFocused: () => window.isFocused(),
    });
    const unwatch = host.watchApprovals((waiting) => {
      tray.setWaiting(waiting.length);
      notifications.update(waiting);
    });
    quitting.onQuit(() => {
      unwatch();
      notifications.clear();
    });
    quitting.onQuit(() => window.hide());
    setupPower(log);
    if (link !== null) followLink(link);
  };

  startHost().catch((error: unknown) => {
    refuseToStart(error, log);
  });
}
