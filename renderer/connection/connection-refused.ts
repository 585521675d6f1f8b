/** The host is there and does not let this page in: it was opened without a valid token. */
export class ConnectionRefused extends Error {
  readonly code = 'REFUSED';
}
