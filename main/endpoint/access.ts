import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request must prove before it is served. */
export interface Access {
  readonly port: number;
  /** The secret of this run, in base64url: what programs prove, and what all others are made from. */
  readonly token: string;
}

/** The protocol that an upgrade is answered with, where the client offers any. */
export const SUBPROTOCOL = 'gatehouse';
/** Holds the secret of a page where the interface only asks whether it is still let in. */
export const PAGE_HEADER = 'gatehouse-page';

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

/**
 * Enough for a file of the interface: the token by `Authorization`, or the cookie. Not enough for the contract:
 * a browser shows the cookie to every server on this machine, whatever its port.
 */
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
 * All that a WebSocket upgrade must prove. A program gives the token itself. A browser always sends an Origin,
 * and it must be that of our own page; beside the cookie it gives the secret of the page, which no other server
 * was ever shown, among the protocols that it offers.
 */
export function checkUpgrade(headers: IncomingHttpHeaders, access: Access): Refusal | null {
  const wrongHost = checkHost(headers, access);
  if (wrongHost !== null) return wrongHost;
  const origin = headers.origin;
  if (origin !== undefined && origin.toLowerCase() !== `http://${headers.host?.toLowerCase()}`) {
    return { status: 403, text: 'Pages of other sites may not connect to this host.' };
  }
  if (checkBearer(headers, access)) return null;
  if (origin === undefined) {
    return { status: 401, text: 'Give the token of the running host as "Authorization: Bearer".' };
  }
  return checkToken(headers, access) ?? (offersPageSecret(headers, access) ? null : needsPageSecret);
}

const needsPageSecret: Refusal = {
  status: 401,
  text: 'This page is not signed in. Open the whole address that the host printed.',
};

function offersPageSecret(headers: IncomingHttpHeaders, access: Access): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',', 10).map((name) => name.trim());
  const prefix = `${SUBPROTOCOL}.`;
  return offered.some((name) => name.startsWith(prefix) && isPageSecret(name.slice(prefix.length), access));
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

/** The secret of our own pages. Kept by the page for its origin, which includes the port; never in a cookie. */
export function pageSecret(access: Access): string {
  return derive(access.token, 'page');
}

export function isPageSecret(given: string, access: Access): boolean {
  return sameSecret(given, pageSecret(access));
}

/** The secret in the address that is printed, good for as long as the host runs. The token cannot be had from it. */
export function landingToken(token: string): string {
  return derive(token, 'landing');
}

/** Browsers do not keep the cookies of two ports apart, so each port has its own name. */
function cookieName(access: Access): string {
  return `gatehouse-${access.port}`;
}

function cookieValue(access: Access): string {
  return derive(access.token, 'browser');
}

/** Another secret for another use: none of them gives away the token, or one another. */
function derive(token: string, use: string): string {
  return createHmac('sha256', token).update(use).digest('base64url');
}

function readCookie(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
