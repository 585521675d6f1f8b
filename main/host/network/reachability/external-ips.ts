import type { PeerId } from '../../../../shared/ids.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';

const MAX_IPS = 8;
const MAX_OBSERVERS = 64;

/** Our IP addresses as others see them: STUN servers, relays of ours, contacts and bootstrap peers. */
export class ExternalIps {
  #byStun: readonly string[] = [];
  /** The newest last. */
  readonly #observed = new Map<PeerId, string>();

  /** @returns whether it is news */
  asked(ips: readonly string[]): boolean {
    const before = this.all().join(' ');
    this.#byStun = ips.map(canonicalIp).filter((ip) => scopeOf(ip) === 'public');
    return this.all().join(' ') !== before;
  }

  /** A peer elsewhere, which is believed, says where we come from. @returns whether it is news */
  observed(ip: string, by: PeerId): boolean {
    const canonical = canonicalIp(ip);
    if (scopeOf(canonical) !== 'public') return false;
    const before = this.all().join(' ');
    this.#observed.delete(by);
    this.#observed.set(by, canonical);
    const [oldest] = this.#observed.keys();
    if (this.#observed.size > MAX_OBSERVERS && oldest !== undefined) this.#observed.delete(oldest);
    return this.all().join(' ') !== before;
  }

  all(): string[] {
    const newest = [...this.#observed.values()].toReversed();
    return [...new Set([...this.#byStun, ...newest])].slice(0, MAX_IPS);
  }

  /** The network is another one. */
  forget(): void {
    this.#byStun = [];
    this.#observed.clear();
  }
}
