import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { APP_ORIGIN, APP_SCHEME, SECURITY_HEADERS } from './content-policy.ts';

/** Only what the build makes. A file of another kind is not served. */
const MIME: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Must run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built interface under `app://gatehouse/`. */
export function setupAppProtocol(rendererDir: string): void {
  protocol.handle(APP_SCHEME, (request) => answer(request, rendererDir));
}

async function answer(request: Pick<Request, 'method' | 'url'>, rendererDir: string): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET is answered here.');
  const file = fileFor(request.url, rendererDir);
  if (file === null) return refuse(404, 'There is no such file in the interface.');
  try {
    const body = await readFile(file.path);
    return new Response(request.method === 'HEAD' ? null : body, {
      headers: { ...SECURITY_HEADERS, 'content-type': file.mime },
    });
  } catch {
    return file.isStart
      ? refuse(404, 'The interface is missing from this copy of Gatehouse. Build it with: npm run build')
      : refuse(404, 'There is no such file in the interface.');
  }
}

/**
 * The file that an address of ours stands for; null for any that points elsewhere or is spelt oddly.
 * The parser has folded `..` already, but not its escaped spellings: what counts is where the path ends up.
 */
function fileFor(url: string, rendererDir: string): { path: string; mime: string; isStart: boolean } | null {
  const parsed = URL.parse(url);
  if (parsed === null || `${parsed.protocol}//${parsed.host}` !== APP_ORIGIN) return null;
  let name: string;
  try {
    name = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  if (name.includes('\\') || name.includes('\0') || name.includes(':')) return null;
  const isStart = name === '/' || name === '/index.html';
  const path = normalize(join(rendererDir, isStart ? 'index.html' : name));
  const mime = MIME[extname(path)];
  if (mime === undefined || !path.startsWith(normalize(rendererDir) + sep)) return null;
  return { path, mime, isStart };
}

function refuse(status: number, sentence: string): Response {
  return new Response(sentence, {
    status,
    headers: { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
  });
}
