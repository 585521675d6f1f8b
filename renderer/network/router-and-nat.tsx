import type { RouterView } from '../../shared/reachability.ts';
import { Fold } from '../parts/fold.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Mark } from '../parts/marks.tsx';
import { Fact, Facts } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural } from '../words/format.ts';
import { natWords } from '../words/reachability.ts';

/** What stands between this machine and the rest, and what it lets through. */
export function RouterAndNat() {
  const { routers, mapping, externalIps } = useLive((live) => live.reachability.evidence);
  const upnp = useLive((live) => live.settings.upnp);
  const mapped = routers.reduce((count, router) => count + router.mappings.length, 0);
  const note =
    routers.length === 0
      ? natWords[mapping].short
      : routers.some(({ doubleNat }) => doubleNat)
        ? 'behind two routers'
        : `${mapped === 0 ? 'no port' : plural(mapped, 'port')} opened, ${natWords[mapping].short}`;
  return (
    <Fold title="Router" note={note}>
      <div className="flex flex-col gap-4">
        {routers.length === 0 ? (
          <p>
            {upnp ? (
              'No router answered to UPnP. Ports have to be forwarded by hand in its settings.'
            ) : (
              <>
                Asking the router for a port is switched off in <a href={href('settings')}>Settings</a>.
              </>
            )}
          </p>
        ) : null}
        <Facts>
          {routers.map((router) => (
            <Router key={router.location} router={router} />
          ))}
          <Fact name="Outgoing UDP">{natWords[mapping].sentence}</Fact>
          <Fact name="Seen from outside as">
            {externalIps.length === 0 ? (
              <span className="text-dim">unknown</span>
            ) : (
              externalIps.map((ip) => (
                <Hostile key={ip} text={ip} max={60} className="mr-3 font-mono text-sm" />
              ))
            )}
          </Fact>
        </Facts>
      </div>
    </Fold>
  );
}

function Router({ router }: { router: RouterView }) {
  const now = useNow(15_000);
  return (
    <>
      <Fact name="Router">
        <Hostile text={router.location} max={120} className="font-mono text-sm" />
      </Fact>
      <Fact name="Its outer address">
        {router.externalIp === null ? (
          <span className="text-dim">unknown</span>
        ) : (
          <Hostile text={router.externalIp} max={60} className="font-mono text-sm" />
        )}
        {router.doubleNat ? (
          <span className="flex items-start gap-2 pt-0.5">
            <span className="flex h-5 items-center">
              <Mark shape="cross" tone="bad" />
            </span>
            That is not a public address: there is another router behind this one. A port opened here leads to
            that one and no further.
          </span>
        ) : null}
      </Fact>
      <Fact name="Ports opened">
        {router.mappings.length === 0 ? (
          <span className="text-dim">none</span>
        ) : (
          <ul>
            {router.mappings.map((mapping) => (
              <li key={`${mapping.protocol}${mapping.externalPort.toString()}`}>
                {mapping.protocol.toUpperCase()} {mapping.externalPort} there leads to {mapping.internalPort}{' '}
                here
                <span className="text-dim">, renewed {ago(mapping.renewedAt, now)}</span>
              </li>
            ))}
          </ul>
        )}
        {router.problem === null ? null : (
          <p className="text-dim">
            <Hostile text={router.problem} max={300} />
          </p>
        )}
      </Fact>
    </>
  );
}
