/** The desktop app. This file only says what is set up, and in which order. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { app, session } from 'electron';
import type { Demo } from '../demo/index.ts';
import { startEndpoint } from '../endpoint/index.ts';
import { readEnvironment, together } from '../host/environment.ts';
import { createHost } from '../host/index.ts';
import { registerAppScheme, setupAppProtocol } from './app-protocol.ts';
import { setupClosing } from './closing.ts';
import { setupContentsGuard } from './contents-guard.ts';
import { setupDataDir } from './data-dir.ts';
import { refuseToStart, setupFaults } from './faults.ts';
import { linkHost } from './host-links.ts';
import { parseLink, type Place } from './link.ts';
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
import { setupDemo, startDemo } from './shell-demo.ts';
import { openShellState } from './shell-state.ts';
import { setupSingleInstance } from './single-instance.ts';
import { parseStartOptions, type StartOptions } from './start-options.ts';
import { setupTray } from './tray.ts';

const log = openLog(() => join(app.getPath('userData'), 'gatehouse.log'));
setupFaults(log);

let main: MainWindow | null = null;
const show = (place?: Place): void => main?.show(place);
const follow = (link: string | null): void => show((link === null ? null : parseLink(link)) ?? undefined);

try {
  const options = parseStartOptions(process.argv, process.defaultApp);
  const demo = options.demo ? setupDemo() : null;
  const dataDir = setupDataDir(demo?.dataDir ?? options.dataDir);
  if (setupSingleInstance(options.link, follow)) {
    start(options, dataDir, demo).catch((error: unknown) => refuseToStart(error, log));
  } else {
    app.quit();
  }
} catch (error) {
  refuseToStart(error, log);
}

async function start(options: StartOptions, dataDir: string, demo: Demo | null): Promise<void> {
  // Before the app is ready.
  let link = options.link;
  app.enableSandbox();
  registerAppScheme();
  setupContentsGuard();
  setupProtocolClient((next) => {
    link = next;
    follow(next);
  });
  const onError = (error: unknown): void => log(String(error));
  const quitting = setupQuitting({ deadlineMs: STOP_DEADLINE_MS, onError });
  await app.whenReady();

  const { platform } = process;
  const paths = findPaths();
  setupPermissions(session.defaultSession);
  setupRequestFilter(session.defaultSession, { devTools: !app.isPackaged });
  setupAppProtocol(paths.rendererDir);

  const environment = readEnvironment(process.env);
  const host = await createHost({
    dataDir,
    keyStore: await createSealedKeyStore(join(dataDir, 'identity.key')),
    version: app.getVersion(),
    // Settings take names of this length at most.
    defaultName: hostname().slice(0, 60) || 'Gatehouse',
    ...demo?.hostOptions,
    environment: demo === null ? environment : together(environment, demo.hostOptions.environment),
  });
  quitting.onQuit(() => demo?.remove());
  quitting.onQuit(() => host.stop());
  try {
    const endpoint = await startEndpoint({ dataDir, rendererDir: null, port: 0 }, host);
    quitting.onQuit(() => endpoint.stop());
  } catch (error) {
    log(`The command line gets no answer: ${String(error)}`);
  }
  const links = linkHost(host);

  const state = openShellState(join(app.getPath('userData'), 'shell.json'), { delayMs: 500, onError });
  quitting.onQuit(() => state.flush());
  setupMenu({ state, platform });

  main = createMainWindow({ state, preload: paths.preload });
  const { window } = main;
  const closePort = setupRendererPort(
    window.webContents,
    (port) => links.attach(port),
    (reason) => log(`No port given: ${reason}.`),
  );
  quitting.onQuit(closePort);
  setupPageFaults(window, { log, now: () => Date.now(), quit: () => app.quit() });
  setupClosing(window, { state, quitting, platform });

  const tray = setupTray({
    assetsDir: paths.assetsDir,
    platform,
    show: () => show(),
    stopAll: () => void links.stopAll().catch(onError),
  });
  const notifications = setupNotifications({
    platform,
    show: () => show({ page: 'approvals' }),
    isFocused: () => window.isFocused(),
    now: () => performance.now(),
    answer: (id, digest, answer) => host.answer(id, digest, answer),
  });
  quitting.onQuit(() => notifications.clear());
  quitting.onQuit(
    host.watchWaiting((waiting) => {
      tray.setWaiting(waiting.approvals.length + waiting.reviews.length);
      notifications.update(waiting);
    }),
  );
  quitting.onQuit(() => window.hide());
  if (demo !== null) startDemo(demo, { host, quitting, onError });
  setupPower(host, log);
  if (link !== null) follow(link);
}
