/** Which of this host's addresses are of use to whom. Pure. */

const LOOPBACK = /^\/ip4\/127\.|^\/ip6\/::1\/|^wss?:\/\/(127\.|\[::1\]|localhost(?=[:/#]|$))/;

/** Of use to programs on this machine only. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);

const RANKS: readonly RegExp[] = [/^\/ip4\/[\d.]+\/tcp\/\d+\/p2p\//, /^\/ip4\//, /^\/ip6\//];

/** Those that others can use, the plainest first. */
export function addressesToGive(addresses: readonly string[]): readonly string[] {
  const rank = (address: string): number => {
    const found = RANKS.findIndex((pattern) => pattern.test(address));
    return found < 0 ? RANKS.length : found;
  };
  return addresses.filter((address) => !isLoopback(address)).toSorted((a, b) => rank(a) - rank(b));
}
