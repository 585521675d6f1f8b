import type { WebSocket } from 'ws';
import type { NodeKey } from './ed25519.ts';
import { Opener, Sealer } from './envelope.ts';
import { readKeyExchange, transcriptOf, writeKeyExchange } from './key-exchange.ts';
import type { KeyExchange } from './key-exchange.ts';
import type { OwnKey } from './own-key.ts';
import { newEphemeralKey, sessionKey } from './session-key.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

/** Why a node closes a connection to itself, so that the end of it that dialled knows. */
export const OWN_REFLECTION = 'That is this node itself.';

/**
 * What a handshake comes to. Whoever recorded a key exchange can send it again, so the peer counts as present only once
 * an envelope of it was opened.
 */
export interface Session {
  readonly peer: NodeKey;
  readonly sealer: Sealer;
  readonly opener: Opener;
  /** The same on both ends, where both saw the same handshake. */
  readonly transcript: string;
}

/** Begins as the dialler. @returns what reads the answer */
export function shakeHands(
  socket: WebSocket,
  own: OwnKey,
): (text: string, admit: (peer: NodeKey) => void) => Session {
  const ephemeral = newEphemeralKey();
  const ours = writeKeyExchange(ephemeral.publicKey, own);
  socket.send(JSON.stringify(ours));
  return (text, admit) => {
    const { frame: theirs, key: peer } = readKeyExchange(text);
    admit(peer);
    const session = sessionKey(ephemeral.privateKey, theirs.public_key);
    return {
      peer,
      sealer: new Sealer(session, own, 'dialler'),
      opener: new Opener(session, peer, 'dialler'),
      transcript: transcriptOf(ours, theirs),
    };
  };
}

/** Answers as the listener. `admit` throws for peers that are not wanted. @throws {WireViolation} */
export function takeHand(
  socket: WebSocket,
  own: OwnKey,
  text: string,
  admit: (peer: NodeKey) => void,
): Session {
  const { frame: theirs, key: peer } = readKeyExchange(text);
  refuseReflection(theirs, own);
  admit(peer);
  const ephemeral = newEphemeralKey();
  const session = sessionKey(ephemeral.privateKey, theirs.public_key);
  const ours = writeKeyExchange(ephemeral.publicKey, own);
  socket.send(JSON.stringify(ours));
  return {
    peer,
    sealer: new Sealer(session, own, 'listener'),
    opener: new Opener(session, peer, 'listener'),
    transcript: transcriptOf(theirs, ours),
  };
}

function refuseReflection({ node_id }: KeyExchange, own: OwnKey): void {
  if (node_id === own.nodeId) throw new WireViolation(CloseCode.policy, OWN_REFLECTION);
}
