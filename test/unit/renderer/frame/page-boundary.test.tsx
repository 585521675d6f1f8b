import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { PageBoundary } from '../../../../renderer/frame/page-boundary.tsx';
import { parseRoute } from '../../../../renderer/state/route.ts';

const boundaryAt = (hash: string): PageBoundary =>
  new PageBoundary({ route: parseRoute(hash), children: <p>The page</p> });

it('shows the page, or why it cannot be shown and the way out', () => {
  const boundary = boundaryAt('#/peers');
  expect(renderToStaticMarkup(boundary.render())).toBe('<p>The page</p>');
  const failed = PageBoundary.getDerivedStateFromError(new Error('Broken \u202Eon purpose.'));
  boundary.state = { ...boundary.state, ...failed };
  const shown = renderToStaticMarkup(boundary.render());
  expect(shown).toContain('This page could not be shown.');
  expect(shown).toContain('on purpose.');
  // What an error quotes may come from a peer.
  expect(shown).not.toContain('\u202E');
  expect(shown).toContain('href="#/overview"');
  expect(shown).toContain('Reload');
});

it('tries again elsewhere, and not before', () => {
  const at = (hash: string): ReturnType<typeof PageBoundary.getDerivedStateFromProps> =>
    PageBoundary.getDerivedStateFromProps(
      { route: parseRoute(hash), children: null },
      { failure: 'Broken.', place: '#/peers' },
    );
  expect(at('#/peers')).toBeNull();
  expect(at('#/calls')).toEqual({ failure: null, place: '#/calls' });
});
