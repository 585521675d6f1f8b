import type { PeerView } from '../../shared/peers.ts';
import { CliError, ExitCode, usageError } from './cli-error.ts';

/** Shortest part of a peer id that names it, in characters. */
const MIN_PART = 4;

/**
 * The peer that a person means: by its whole id, by the alias they gave it, or by a beginning or ending of its
 * id that no other peer shares. Never by what it calls itself: anyone may call itself anything.
 * @throws {CliError} NOT_FOUND, or USAGE where more than one is meant
 */
export function findPeer(text: string, peers: Readonly<Record<string, PeerView>>): PeerView {
  const exact = peers[text];
  if (exact !== undefined) return exact;
  const all = Object.values(peers);
  const named = all.filter((peer) => peer.alias?.toLowerCase() === text.toLowerCase());
  const meant =
    named.length > 0 || text.length < MIN_PART
      ? named
      : all.filter((peer) => peer.peerId.startsWith(text) || peer.peerId.endsWith(text));
  const [only, another] = meant;
  if (only === undefined) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `No peer is known as ${JSON.stringify(text)}. See "gatehouse peers".`,
    );
  }
  if (another !== undefined) {
    throw usageError(
      `${JSON.stringify(text)} could be ${meant.length} peers. Give more of the id; its end tells them apart best.`,
    );
  }
  return only;
}
