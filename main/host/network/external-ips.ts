import type { PeerId } from '../../../shared/ids.ts';
import { canonicalIp, scopeOf } from './ip-address.ts';

const MAX_IPS = 8;
const MAX_OBSERVERS = 64;

/**
 * Our IP addresses as others see them. A STUN server, a relay or a contact is believed; of strangers, two must say the
 * same, or one could make us have others dial an address of its choice.
 */
export class ExternalIps {
  #byStun: readonly string[] = [];
  /** The newest last. */
  readonly #observed = new Map<PeerId, { ip: string; believed: boolean }>();

  /** @returns whether it is news */
  asked(ips: readonly string[]): boolean {
    const before = this.all().join(' ');
    this.#byStun = ips.map(canonicalIp).filter((ip) => scopeOf(ip) === 'public');
    return this.all().join(' ') !== before;
  }

  /** A peer elsewhere says where we come from. @returns whether it is news */
  observed(ip: string, by: PeerId, believed: boolean): boolean {
    const canonical = canonicalIp(ip);
    if (scopeOf(canonical) !== 'public') return false;
    const before = this.all().join(' ');
    this.#observed.delete(by);
    this.#observed.set(by, { ip: canonical, believed });
    const [oldest] = this.#observed.keys();
    if (this.#observed.size > MAX_OBSERVERS && oldest !== undefined) this.#observed.delete(oldest);
    return this.all().join(' ') !== before;
  }

  all(): string[] {
    const newest = [...this.#observed.values()].toReversed();
    const agreed = newest.filter(
      ({ ip, believed }) => believed || newest.filter((other) => other.ip === ip).length > 1,
    );
    return [...new Set([...this.#byStun, ...agreed.map(({ ip }) => ip)])].slice(0, MAX_IPS);
  }

  /** The network is another one. */
  forget(): void {
    this.#byStun = [];
    this.#observed.clear();
  }
}
