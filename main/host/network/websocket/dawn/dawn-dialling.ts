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
  readonly #idle = new Set<() => void>();

  constructor(knowledge: LegacyKnowledge, options: DawnCallsOptions = {}) {
    this.#knowledge = knowledge;
    this.#options = options;
  }

  /** Told whenever one of these links may be busy no more. @returns what ends it */
  onIdle(listener: () => void): () => void {
    this.#idle.add(listener);
    return () => this.#idle.delete(listener);
  }

  mayBeLegacy(peerId: PeerId): boolean {
    return this.#knowledge.mayBeLegacy(peerId);
  }

  offersLegacy(peerId: PeerId, isNamed: boolean): void {
    this.#knowledge.offersLegacy(peerId, isNamed);
  }

  async link(socket: DawnSocket, signal: AbortSignal): Promise<DawnServerLink> {
    const onIdle = (): void => {
      for (const listener of [...this.#idle]) listener();
    };
    const link = new DawnServerLink(socket, { ...this.#options, onIdle });
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
