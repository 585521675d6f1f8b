import type { LinkView, PeerView } from '../../shared/peers.ts';
import { Copyable } from '../parts/copy.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { LegacyBadge } from '../parts/legacy-badge.tsx';
import { PathMark } from '../parts/marks.tsx';
import { Section } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { rtt, span } from '../words/format.ts';
import { pathWords } from '../words/sentences.ts';
import { linkTransportWords } from '../words/transports.ts';

/** Every link to a peer, and why there is none better. */
export function Links({ peer: { links, pathNote } }: { peer: PeerView }) {
  if (links.length === 0 && pathNote === null) return null;
  return (
    <Section title="Links" note={links.length > 1 ? 'best first' : undefined}>
      {pathNote === null ? null : (
        <p>
          <Hostile text={pathNote} max={300} />
        </p>
      )}
      <ul className="flex flex-col gap-3">
        {links.map((link, index) => (
          <li key={`${link.path}-${link.address}-${index.toString()}`} className="numbers">
            <Link link={link} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Link({ link }: { link: LinkView }) {
  const now = useNow(10_000);
  const words = pathWords[link.path];
  return (
    <>
      <div className="flex items-center gap-2">
        <span className="w-3 font-semibold" aria-hidden>
          {words.letter}
        </span>
        <PathMark path={link.path} transport={link.transport} />
        <span className="min-w-0 flex-1 truncate text-dim">
          {link.relay === null ? (
            words.meaning
          ) : (
            <>
              through{' '}
              <a href={href('peers', link.relay)}>
                <PeerNameOf peerId={link.relay} />
              </a>
            </>
          )}
        </span>
        <span>{rtt(link.rttMs)}</span>
      </div>
      <div className="pl-5 text-sm text-dim">
        {linkTransportWords[link.transport]},{' '}
        {link.direction === 'inbound' ? 'it connected' : 'you connected'}, for {span(now - link.since)}
        {link.path === 'legacy' ? (
          <div className="pt-0.5">
            <LegacyBadge />
          </div>
        ) : null}
        <Copyable text={link.address} what="address" />
      </div>
    </>
  );
}
