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

/** Keeps the frame where a page fails, so that a person can go elsewhere. Elsewhere begins with a clean slate. */
export class PageBoundary extends Component<PageBoundaryProps, { failure: string | null }> {
  override state: { failure: string | null } = { failure: null };

  static getDerivedStateFromError(error: unknown): { failure: string } {
    return { failure: sentenceOf(error) };
  }

  override componentDidUpdate(before: PageBoundaryProps): void {
    const isElsewhere = placeOf(before.route) !== placeOf(this.props.route);
    if (this.state.failure !== null && isElsewhere) this.setState({ failure: null });
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

const placeOf = ({ page, rest }: Route): string => href(page, ...rest);
