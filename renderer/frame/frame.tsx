import { useState } from 'react';
import { AgentsPage } from '../agents/agents-page.tsx';
import { ApprovalsPage } from '../approvals/approvals-page.tsx';
import { CallsPage } from '../calls/calls-page.tsx';
import { ComparePage } from '../compare/compare-page.tsx';
import { NetworkPage } from '../network/network-page.tsx';
import { OverviewPage } from '../overview/overview-page.tsx';
import { CommandPalette } from '../palette/command-palette.tsx';
import { PeersPage } from '../peers/peers-page.tsx';
import { RulesPage } from '../rules/rules-page.tsx';
import { SettingsPage } from '../settings/settings-page.tsx';
import type { Route } from '../state/route.ts';
import { Announcer } from './announcer.tsx';
import { LostBanner, StoppedBanner } from './banners.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { Rail } from './rail.tsx';
import { useStopAll } from './stop-all.tsx';
import { StatusLine } from './status-line.tsx';
import { Toasts } from './toasts.tsx';
import { TopLine } from './top-line.tsx';

export function Frame({ route }: { route: Route }) {
  const [paletteOpen, setPaletteOpen] = useState(false);
  const stop = useStopAll();
  return (
    <div className="flex h-full flex-col-reverse mid:flex-row">
      <a
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('page')?.focus();
        }}
        className="absolute top-1 left-1 z-20 -translate-y-20 rounded-md bg-raised px-3 py-1.5 focus:translate-y-0"
      >
        Skip to the page
      </a>
      <Rail page={route.page} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopLine onPalette={() => setPaletteOpen(true)} />
        <LostBanner />
        <StoppedBanner />
        <main id="page" tabIndex={-1} className="relative flex min-h-0 flex-1 flex-col outline-none">
          <PageBoundary route={route}>
            <CurrentPage route={route} />
          </PageBoundary>
        </main>
        <StatusLine stop={stop} />
      </div>
      <CommandPalette open={paletteOpen} onOpenChange={setPaletteOpen} onStopAll={stop.ask} />
      <Announcer />
      <Toasts />
    </div>
  );
}

function CurrentPage({ route }: { route: Route }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'peers':
      return <PeersPage rest={route.rest} invite={route.invite} />;
    case 'agents':
      return <AgentsPage rest={route.rest} />;
    case 'approvals':
      return <ApprovalsPage />;
    case 'calls':
      return <CallsPage rest={route.rest} />;
    case 'network':
      return <NetworkPage rest={route.rest} />;
    case 'compare':
      return <ComparePage rest={route.rest} />;
    case 'rules':
      return <RulesPage rest={route.rest} />;
    case 'settings':
      return <SettingsPage />;
    default:
      return route.page satisfies never;
  }
}
