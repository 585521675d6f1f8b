import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import { NetworkError } from '../errors.ts';
import type { LinkConnection, TransportOwner } from '../transport.ts';
import type { DawnMethods } from './dawn-methods.ts';
import { Allowance, EnvelopePace, type Paced } from './envelope-pace.ts';
import type { GatehouseFacts } from './gatehouse-methods.ts';
import { WIRE_VERSION } from './gatehouse-methods.ts';
import type { OwnKey } from './own-key.ts';
import type { NodeKey } from './ed25519.ts';
import { MAX_ADDRESSES, STRANGERS_ENVELOPE_RATE } from './wire-limits.ts';

interface LinkServiceParts {
  readonly own: OwnKey;
  readonly owner: Pick<TransportOwner, 'admits' | 'isLeaving' | 'isKept' | 'answerTo'>;
  readonly softwareName: string;
  readonly dawnMethods: DawnMethods | null;
  addresses(): string[];
}

/** What all connections of the transport share. */
export class LinkService {
  readonly #parts: LinkServiceParts;
  readonly #strangers = new Allowance(STRANGERS_ENVELOPE_RATE, performance.now());

  constructor(parts: LinkServiceParts) {
    this.#parts = parts;
  }

  get own(): OwnKey {
    return this.#parts.own;
  }

  get dawnMethods(): DawnMethods | null {
    return this.#parts.dawnMethods;
  }

  admits(peerId: PeerId): boolean {
    return this.#parts.owner.admits(peerId);
  }

  isLeaving(peerId: PeerId): boolean {
    return this.#parts.owner.isLeaving(peerId);
  }

  isKept(peerId: PeerId): boolean {
    return this.#parts.owner.isKept(peerId);
  }

  /** How fast the envelopes of a connection are opened. */
  paceOf(who: Paced): EnvelopePace {
    return new EnvelopePace(this.#strangers, who);
  }

  /** What we say of ourselves. */
  facts(transcript: string): GatehouseFacts {
    const { softwareName } = this.#parts;
    return {
      version: WIRE_VERSION,
      transcript,
      software: softwareName,
      addresses: forOthers(this.#parts.addresses()).slice(0, MAX_ADDRESSES),
    };
  }

  /** Of `node/get_info`, where nobody here knows more. */
  bareInfo(): object {
    return { node_id: this.own.nodeId, address: this.#parts.addresses()[0] ?? '', agents: [], peer_count: 0 };
  }

  answerTo(
    protocol: string,
    connection: LinkConnection & { readonly peer: NodeKey },
  ): ((stream: Stream) => void) | null {
    const answer = this.#parts.owner.answerTo(protocol);
    if (answer === null) return null;
    const { peerId } = connection.peer;
    return (stream) => {
      if (!this.admits(peerId)) {
        stream.abort(new NetworkError('REFUSED', 'This peer is not answered here.'));
        return;
      }
      const answered = async (): Promise<void> => answer(stream, connection, peerId);
      answered().catch((error: unknown) => {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
      });
    };
  }
}

/** The peer knows who we are; and where loopback leads, only where there is nothing else. */
function forOthers(addresses: readonly string[]): string[] {
  const bare = addresses.map((address) => address.replace(/#.*$/, ''));
  const elsewhere = bare.filter((address) => !/^wss?:\/\/(127\.|\[::1\]|localhost)/.test(address));
  return elsewhere.length > 0 ? elsewhere : bare;
}
