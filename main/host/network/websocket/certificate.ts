import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { NetworkError } from '../errors.ts';
import type { WebSocketTls } from '../index.ts';

/** In PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Reads both files, and finds out whether they fit each other.
 * @throws {NetworkError} INVALID_ADDRESS
 */
export async function readCertificate({ certificate, key }: WebSocketTls): Promise<Certificate> {
  try {
    const [pem, secret] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
    // An empty file would do for a context without a certificate.
    const fits = new X509Certificate(pem).checkPrivateKey(createPrivateKey(secret));
    if (!fits) throw new Error('The key is that of another certificate.');
    createSecureContext({ cert: pem, key: secret });
    return { certificate: pem, key: secret };
  } catch (cause) {
    throw new NetworkError(
      'INVALID_ADDRESS',
      `The certificate for WebSocket cannot be used: ${certificate}, ${key}. Check both files in the settings.`,
      { cause },
    );
  }
}

/** A certificate that is in use, and is renewed in its files every few weeks. */
export class RenewedCertificate {
  readonly #files: WebSocketTls;
  readonly #onNew: (certificate: Certificate) => void;
  #now: Certificate;

  constructor(files: WebSocketTls, now: Certificate, onNew: (certificate: Certificate) => void) {
    this.#files = files;
    this.#now = now;
    this.#onNew = onNew;
  }

  /** Looks whether the files have changed. What was read before stays good otherwise. @throws {NetworkError} */
  async look(): Promise<void> {
    const now = await readCertificate(this.#files);
    if (now.certificate === this.#now.certificate && now.key === this.#now.key) return;
    this.#now = now;
    this.#onNew(now);
  }
}
