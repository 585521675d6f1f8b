import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { Button, buttonClass } from '../parts/button.tsx';
import { Empty } from '../parts/page.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { href, type Route } from '../state/route.ts';

interface PageBoundaryProps {
  readonly route: Route;
  readonly children: ReactNode;
}

interface PageBoundaryState {
  readonly failure: string | null;
  /** Where it failed, or did not. */
  readonly place: string;
}

/** Keeps the frame where a page fails, so that a person can go elsewhere. Elsewhere begins with a clean slate. */
export class PageBoundary extends Component<PageBoundaryProps, PageBoundaryState> {
  override state: PageBoundaryState = { failure: null, place: '' };

  static getDerivedStateFromError(error: unknown): Pick<PageBoundaryState, 'failure'> {
    return { failure: sentenceOf(error) };
  }

  static getDerivedStateFromProps(
    { route }: PageBoundaryProps,
    { place }: PageBoundaryState,
  ): PageBoundaryState | null {
    const now = href(route.page, ...route.rest);
    return now === place ? null : { failure: null, place: now };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return (
      <div role="alert" className="m-auto">
        <Empty icon={<TriangleAlert size={28} />} title="This page could not be shown.">
          <p className="break-words">{failure}</p>
          <div className="flex gap-2">
            {this.props.route.page === 'overview' ? null : (
              <a className={buttonClass()} href={href('overview')}>
                Back to the overview
              </a>
            )}
            <Button kind="primary" onClick={() => window.location.reload()}>
              Reload
            </Button>
          </div>
        </Empty>
      </div>
    );
  }
}
