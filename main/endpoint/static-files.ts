import { createReadStream } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Vite puts a hash of the content into these names, so what they hold never changes. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

/** A path that the interface finds its own way in. */
const PAGE = /^(\/[\w-]+)*\/?$/;

/**
 * The path below `root` that a request's path names, or null where it names none: badly encoded, with hidden
 * or upward segments, with a NUL or a backslash. Pure; links are resolved later.
 */
export function fileFor(root: string, requestPath: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(requestPath);
  } catch {
    return null;
  }
  if (!decoded.startsWith('/') || /[\0\\]/.test(decoded)) return null;
  const segments = decoded.slice(1).split('/');
  if (segments.at(-1) === '') segments[segments.length - 1] = 'index.html';
  return segments.some((segment) => segment === '' || segment.startsWith('.') || segment.includes(':'))
    ? null
    : join(root, ...segments);
}

/**
 * Answers a GET or HEAD with a file below `root`; a page of the interface is always `index.html`.
 * @returns false where there is no such file; nothing has been written then
 */
export async function serveFile(
  root: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const wanted = PAGE.test(path) ? '/index.html' : path;
  const named = fileFor(root, wanted);
  if (named === null) return false;
  const file = await locate(root, named);
  if (file === null) return false;
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return false;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return false;
    const etag = `"${stat.size.toString(36)}-${Math.trunc(stat.mtimeMs).toString(36)}"`;
    response.setHeader('ETag', etag);
    response.setHeader(
      'Cache-Control',
      HASHED.test(wanted) ? 'private, max-age=31536000, immutable' : 'no-cache',
    );
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return true;
    }
    response.setHeader('Content-Type', TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream');
    response.setHeader('Content-Length', stat.size);
    response.writeHead(200);
    if (request.method === 'HEAD') response.end();
    else {
      await pipeline(createReadStream(file, { fd: handle.fd, autoClose: false }), response);
    }
    return true;
  } finally {
    await handle.close();
  }
}

/** The file behind all links, as long as it still lies below `root`. */
async function locate(root: string, named: string): Promise<string | null> {
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(named)]);
    return real.startsWith(realRoot + sep) ? real : null;
  } catch {
    return null;
  }
}
