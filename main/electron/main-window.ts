import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { APP_ORIGIN } from './content-policy.ts';
import type { Place } from './link.ts';
import type { ShellStateFile } from './shell-state.ts';
import { placeWindow, SMALLEST_HEIGHT, SMALLEST_WIDTH } from './window-place.ts';

/** The page's own ground colours, so that nothing flashes before it is drawn. */
const GROUND = { light: '#f4f6f8', dark: '#13161a' } as const;

export interface MainWindow {
  readonly window: BrowserWindow;
  /** Brings the window to the front, at a place of the interface if one is given. */
  show(place?: Place): void;
}

/** Makes the one window. It lives as long as the app; closing hides it or quits. */
export function createMainWindow(modules: { state: ShellStateFile; preload: string }): MainWindow {
  const { state } = modules;
  const window = new BrowserWindow({
    ...placeWindow(
      state.state.bounds,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: SMALLEST_WIDTH,
    minHeight: SMALLEST_HEIGHT,
    title: 'Gatehouse',
    show: false,
    backgroundColor: groundColour(),
    webPreferences: {
      preload: modules.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      disableDialogs: true,
      devTools: !app.isPackaged,
    },
  });
  if (state.state.maximised) window.maximize();
  keepPlace(window, state);

  const followTheme = (): void => {
    window.setBackgroundColor(groundColour());
  };
  nativeTheme.on('updated', followTheme);
  window.once('closed', () => nativeTheme.off('updated', followTheme));
  window.once('ready-to-show', () => {
    window.show();
  });

  let loaded = false;
  const load = (place: Place | null): void => {
    loaded = true;
    const address = addressOf(place);
    // Going where it is already would load the page anew, and lose a half-filled form.
    if (window.webContents.getURL() === address) return;
    // A failure is drawn by the page or told by the protocol's own answer.
    void window.loadURL(address).catch(() => undefined);
  };
  // In the next turn, so that whoever made the window has set up its port first.
  setImmediate(() => {
    if (!loaded && !window.isDestroyed()) load(null);
  });

  return {
    window,
    show(place) {
      if (window.isDestroyed()) return;
      if (place !== undefined) load(place);
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
  };
}

/**
 * The page is named after `#`, so that going there does not load the document anew. The interface takes an invite
 * out of its address as soon as it has read it; see `renderer/state/route.ts`.
 */
function addressOf(place: Place | null): string {
  if (place === null) return `${APP_ORIGIN}/`;
  const { page, invite } = place;
  const rest = invite === undefined ? '' : `/use-invite/${encodeURIComponent(invite)}`;
  return `${APP_ORIGIN}/#/${page}${rest}`;
}

function groundColour(): string {
  return nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light;
}

function keepPlace(window: BrowserWindow, state: ShellStateFile): void {
  const keep = (): void => {
    if (window.isMinimized() || window.isFullScreen()) return;
    const maximised = window.isMaximized();
    // While maximised, the place to come back to is the one from before.
    state.change(maximised ? { maximised } : { maximised, bounds: window.getNormalBounds() });
  };
  window.on('resize', keep);
  window.on('move', keep);
  window.on('maximize', keep);
  window.on('unmaximize', keep);
}
