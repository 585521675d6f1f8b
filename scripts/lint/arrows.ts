import { isBuiltin } from 'node:module';
import { posix } from 'node:path';

/** What one layer may import of ours, and which packages it must not touch. */
interface Layer {
  readonly imports: readonly string[];
  readonly without: readonly RegExp[];
}

const electron = /^electron(\/|$)/;
const react = /^(react|react-dom|zustand|@base-ui\/react|lucide-react)(\/|$)/;
const libp2p = /^(libp2p|@libp2p\/.+|@chainsafe\/.+)(\/|$)/;
const sockets = /^ws(\/|$)/;
const nodeBuiltin = /^node:/;

/** What both shells stand on. */
const forShells = ['main/endpoint', 'main/demo', 'main/host', 'shared'];

/** The arrows of docs/architecture.md. A folder under `main/` that is not named here is an error. */
const layers: Readonly<Record<string, Layer>> = {
  shared: { imports: [], without: [nodeBuiltin, electron, react, libp2p, sockets] },
  'main/host': { imports: ['shared'], without: [electron, react] },
  'main/endpoint': { imports: ['main/host', 'shared'], without: [electron, react, libp2p] },
  'main/demo': { imports: ['main/host', 'shared'], without: [electron, react, libp2p, sockets] },
  'main/electron': { imports: forShells, without: [react, libp2p, sockets] },
  'main/headless': { imports: forShells, without: [electron, react] },
  'main/preload': { imports: ['shared'], without: [nodeBuiltin, react, libp2p, sockets] },
  renderer: { imports: ['shared'], without: [nodeBuiltin, electron, libp2p, sockets] },
  scripts: { imports: ['main/headless', 'shared'], without: [electron, react] },
};

function layerOf(path: string): string | undefined {
  const [first, second, third] = path.split('/');
  if (first === undefined || second === undefined) return undefined;
  return first === 'main' && third !== undefined ? `${first}/${second}` : first;
}

/** Every folder of the host is a room; what both shells share has one door each, too. */
const roomOf = (path: string): string | undefined =>
  /^main\/(host\/[^/]+|endpoint|demo)(?=\/)/.exec(path)?.[0];

/**
 * Says what is wrong with one import, or nothing.
 * @param file the importing file, relative to the root of the repository, with forward slashes
 * @param specifier what it imports, as written
 * @param typeOnly whether the import vanishes when types are stripped
 */
export function judgeImport(file: string, specifier: string, typeOnly: boolean): string | undefined {
  const from = layerOf(file);
  if (from === undefined || from === 'test') return undefined;
  const layer = layers[from];
  if (layer === undefined) {
    return from.startsWith('main') ? `${file} belongs to no layer of the design.` : undefined;
  }

  if (!specifier.startsWith('.')) {
    const name = isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;
    return layer.without.some((banned) => banned.test(name))
      ? `${from} must not use ${specifier}.`
      : undefined;
  }

  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const to = layerOf(target);
  if (to === undefined || to === '..') {
    return target === 'package.json' ? undefined : `${from} must not import ${target}.`;
  }
  if (to !== from && !layer.imports.includes(to)) return `${from} must not import ${to}.`;
  if (from === 'main/preload' && to !== from && !typeOnly) return 'main/preload imports types only.';

  const room = roomOf(target);
  if (room !== undefined && room !== roomOf(file) && target !== `${room}/index.ts`) {
    return `${room} is entered by its index.ts only.`;
  }
  return undefined;
}
