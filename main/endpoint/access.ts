import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request must prove before it is served. */
export interface Access {
  readonly port: number;
  /** The secret of this run, in base64url. */
  readonly token: string;
}

/** Why a request is turned away: an HTTP status and a sentence for whoever reads it. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly text: string;
}

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Accepts only a loopback name with our own port as Host. Another name means that a page of another site has
 * had its name pointed at this machine (DNS rebinding).
 */
export function checkHost(headers: IncomingHttpHeaders, access: Access): Refusal | null {
  const host = headers.host?.toLowerCase();
  return LOOPBACK_NAMES.some((name) => host === `${name}:${access.port}`)
    ? null
    : {
        status: 421,
        text: `This is a Gatehouse on this machine only. Open it as http://127.0.0.1:${access.port}/.`,
      };
}

/**
 * All that the upgrade of a program must prove where nothing is served to browsers: the token itself, and no
 * Origin, which every page sends and no program does.
 */
export function checkProgram(headers: IncomingHttpHeaders, access: Access): Refusal | null {
  const wrongHost = checkHost(headers, access);
  if (wrongHost !== null) return wrongHost;
  if (headers.origin !== undefined) return { status: 403, text: 'Browsers may not connect to this host.' };
  return checkBearer(headers, access) ? null : needsToken;
}

/** Whoever knows the token: a program by `Authorization`, a browser by the cookie it got for it. */
export function checkToken(headers: IncomingHttpHeaders, access: Access): Refusal | null {
  if (checkBearer(headers, access)) return null;
  const cookie = readCookie(headers.cookie ?? '', cookieName(access));
  if (cookie !== null && sameSecret(cookie, cookieValue(access))) return null;
  return needsToken;
}

const needsToken: Refusal = { status: 401, text: 'This address needs the token of the running host.' };

function checkBearer(headers: IncomingHttpHeaders, access: Access): boolean {
  const bearer = /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')?.[1];
  return bearer !== undefined && sameSecret(bearer, access.token);
}

/**
 * All that a WebSocket upgrade must prove. A browser always sends an Origin, and it must be that of our own
 * page; a program sends none, and must then give the token itself, since cookies are for browsers.
 */
export function checkUpgrade(headers: IncomingHttpHeaders, access: Access): Refusal | null {
  const wrongHost = checkHost(headers, access);
  if (wrongHost !== null) return wrongHost;
  const origin = headers.origin;
  if (origin !== undefined && origin.toLowerCase() !== `http://${headers.host?.toLowerCase()}`) {
    return { status: 403, text: 'Pages of other sites may not connect to this host.' };
  }
  if (origin === undefined && headers.authorization === undefined) {
    return { status: 401, text: 'Give the token of the running host as "Authorization: Bearer".' };
  }
  return checkToken(headers, access);
}

/** Compares without giving away, by the time it takes, how much of a guess was right. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The header that lets a browser in. Kept from scripts and from other sites; ends with the browser. */
export function cookieHeader(access: Access): string {
  return `${cookieName(access)}=${cookieValue(access)}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Browsers do not keep the cookies of two ports apart, so each port has its own name. */
function cookieName(access: Access): string {
  return `gatehouse-${access.port}`;
}

/** Not the token itself: it stops to be of use where the token is used directly. */
function cookieValue(access: Access): string {
  return createHmac('sha256', access.token).update('browser').digest('base64url');
}

function readCookie(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
