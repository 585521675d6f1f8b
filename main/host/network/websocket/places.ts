/** Who gets one of the places that there are for links, and who has to leave for that. */
import { MAX_LINKS } from '../limits.ts';
import { MAX_LINKS_OF_STRANGERS, MAX_STRANGERS_PER_SOURCE, STRANGER_IDLE_MS } from './wire-limits.ts';

/** What has a place. */
export interface Placed {
  readonly direction: 'inbound' | 'outbound';
  /** As `sourceOf` says; null where that is not known. */
  readonly source: string | null;
  /** For how long nothing has run on it, in ms; 0: something runs. */
  readonly idleMs: number;
}

interface PlaceQuestion<Link extends Placed> {
  /** A contact comes, or whom the person keeps linked. */
  readonly isKept: boolean;
  readonly source: string | null;
  readonly links: readonly Link[];
  readonly isLinkKept: (link: Link) => boolean;
}

/**
 * Places for contacts are kept free of strangers, and one machine does not get all of those. Where there is none, whichever
 * stranger has been idle for longest gives way; for a contact, any stranger.
 * @returns null: there is no place. `evict`: who has to leave first, null where nobody has to
 */
export function placeFor<Link extends Placed>({
  isKept,
  source,
  links,
  isLinkKept,
}: PlaceQuestion<Link>): { readonly evict: Link | null } | null {
  const strangers = links
    .filter((link) => link.direction === 'inbound' && !isLinkKept(link))
    .toSorted((a, b) => b.idleMs - a.idleMs);
  if (isKept) {
    if (links.length < MAX_LINKS) return { evict: null };
    const [first] = strangers;
    return first === undefined ? null : { evict: first };
  }
  const ofSource = strangers.filter((link) => link.source === source);
  if (ofSource.length >= MAX_STRANGERS_PER_SOURCE) return placeOf(ofSource);
  if (strangers.length < MAX_LINKS_OF_STRANGERS && links.length < MAX_LINKS) return { evict: null };
  return placeOf(crowdedFirst(strangers));
}

function placeOf<Link extends Placed>(candidates: readonly Link[]): { readonly evict: Link } | null {
  const evict = candidates.find(({ idleMs }) => idleMs >= STRANGER_IDLE_MS);
  return evict === undefined ? null : { evict };
}

/** Where most come from, the first leaves. */
function crowdedFirst<Link extends Placed>(links: readonly Link[]): Link[] {
  const counts = new Map<string | null, number>();
  for (const { source } of links) counts.set(source, (counts.get(source) ?? 0) + 1);
  return links.toSorted((a, b) => (counts.get(b.source) ?? 0) - (counts.get(a.source) ?? 0));
}
