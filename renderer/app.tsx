import { CSPProvider } from '@base-ui/react/csp-provider';
import { Toast } from '@base-ui/react/toast';
import { Frame } from './frame/frame.tsx';
import { Connecting, Refused } from './frame/no-host.tsx';
import { useTheme } from './look/use-theme.ts';
import { SessionContext, useSessionState } from './state/hooks.ts';
import { useRoute } from './state/route.ts';
import type { HostSession } from './state/session.ts';

export function App({ session }: { session: HostSession }) {
  return (
    // The page's policy allows no style elements, so Base UI must not add any.
    <CSPProvider disableStyleElements>
      <SessionContext value={session}>
        <Toast.Provider limit={3}>
          <Shell />
        </Toast.Provider>
      </SessionContext>
    </CSPProvider>
  );
}

function Shell() {
  const hasState = useSessionState((state) => state.live !== null);
  const link = useSessionState((state) => state.link);
  // Read here already, so that an invite does not stay in the address while the host is waited for.
  const route = useRoute();
  useTheme();
  if (link.state === 'refused') return <Refused />;
  if (!hasState) return <Connecting link={link} />;
  return <Frame route={route} />;
}
