import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { PageBoundary } from '../../../../renderer/frame/page-boundary.tsx';
import { parseRoute } from '../../../../renderer/state/route.ts';

const boundaryAt = (hash: string): PageBoundary =>
  new PageBoundary({ route: parseRoute(hash), children: <p>The page</p> });

it('shows the page, or why it cannot be shown and the way out', () => {
  const boundary = boundaryAt('#/peers');
  expect(renderToStaticMarkup(boundary.render())).toBe('<p>The page</p>');
  boundary.state = PageBoundary.getDerivedStateFromError(new Error('Broken \u202Eon purpose.'));
  const shown = renderToStaticMarkup(boundary.render());
  expect(shown).toContain('This page could not be shown.');
  expect(shown).toContain('on purpose.');
  // What an error quotes may come from a peer.
  expect(shown).not.toContain('\u202E');
  expect(shown).toContain('href="#/overview"');
  expect(shown).toContain('Reload');
});

it('tries again elsewhere, and not before', () => {
  const boundary = boundaryAt('#/peers');
  const setState = vi.spyOn(boundary, 'setState').mockReturnValue();
  boundary.state = { failure: 'Broken.' };
  boundary.componentDidUpdate({ route: parseRoute('#/peers'), children: null });
  expect(setState).not.toHaveBeenCalled();
  boundary.componentDidUpdate({ route: parseRoute('#/calls'), children: null });
  expect(setState).toHaveBeenCalledWith({ failure: null });
});
