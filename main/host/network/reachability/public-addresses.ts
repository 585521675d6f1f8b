import type { AddressManager, TransportManager } from '@libp2p/interface-internal';
import { isLinkLocal, isLoopback, isPrivate } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';

/** How often the interfaces are looked at: a provider may give the machine another address. */
const LOOK_MS = 10_000;
/** libp2p takes an address back once it could not verify it for this long; a relay's own is looked at again. */
const TRUSTED_MS = 24 * 60 * 60 * 1000;

interface AnnounceParts {
  readonly transportManager: Pick<TransportManager, 'getAddrs'>;
  readonly addressManager: Pick<AddressManager, 'confirmObservedAddr'>;
}

/** The addresses of this machine's own interfaces that anybody on the internet can use. */
export const publicAddresses = ({ transportManager }: Pick<AnnounceParts, 'transportManager'>): Multiaddr[] =>
  transportManager
    .getAddrs()
    .filter(
      (address) =>
        !isPrivate(address) &&
        !isLoopback(address) &&
        !isLinkLocal(address) &&
        !address.getComponents().some(({ name }) => name === 'p2p-circuit'),
    );

/**
 * Announces the public addresses of this machine's interfaces, as they come and go. libp2p announces what was verified
 * only; the first relay of a network has nobody who could, and a person has said that it is public.
 * @returns stops it
 */
export function announcePublic(parts: AnnounceParts): () => void {
  const look = (): void => {
    for (const address of publicAddresses(parts))
      parts.addressManager.confirmObservedAddr(address, { type: 'transport', ttl: TRUSTED_MS });
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
