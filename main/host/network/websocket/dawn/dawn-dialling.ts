import type { PeerId } from '../../../../../shared/ids.ts';
import { NetworkError } from '../../errors.ts';
import type { DawnDialling, DawnSocket } from '../dawn-socket.ts';
import type { DawnCallsOptions } from './dawn-calls.ts';
import { DawnServerLink } from './dawn-server-link.ts';

/** What the network knows of the peers that may answer in plain text. */
export type LegacyKnowledge = Pick<DawnDialling, 'mayBeLegacy' | 'offersLegacy'>;

/** Makes links of connections to Dawn nodes, and asks each at once what it offers. */
export class DawnDialler implements DawnDialling {
  readonly #knowledge: LegacyKnowledge;
  readonly #options: DawnCallsOptions;

  constructor(knowledge: LegacyKnowledge, options: DawnCallsOptions = {}) {
    this.#knowledge = knowledge;
    this.#options = options;
  }

  mayBeLegacy(peerId: PeerId): boolean {
    return this.#knowledge.mayBeLegacy(peerId);
  }

  offersLegacy(peerId: PeerId): void {
    this.#knowledge.offersLegacy(peerId);
  }

  async link(socket: DawnSocket, signal: AbortSignal): Promise<DawnServerLink> {
    const link = new DawnServerLink(socket, this.#options);
    try {
      await link.refresh(signal);
      return link;
    } catch (error) {
      socket.abort(
        error instanceof Error ? error : new NetworkError('PROTOCOL', 'The Dawn node was not understood.'),
      );
      throw error;
    }
  }
}
