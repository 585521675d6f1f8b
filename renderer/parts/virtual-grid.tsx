import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

interface VirtualGridProps<Row> {
  label: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Height of a row in pixels; all are the same. */
  rowHeight: number;
  /** The header's cells, or nothing. */
  head?: ReactNode;
  columns: number;
  selected: string | null;
  /** `moved`: by the arrow keys, so that the history is not filled. */
  onSelect: (row: Row, moved: boolean) => void;
  rowClass?: (row: Row) => string;
  /** The cells of one row, each with role `gridcell`. */
  children: (row: Row) => ReactNode;
  /** Keep the last row in view. */
  follow?: boolean;
  onFollow?: (follow: boolean) => void;
  onTop?: () => void;
}

const OVERSCAN = 10;
const PAGE_STEP = 10;

/** A table of any length with real rows, moved through by keys. One row at a time is the current one. */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { label, rows, keyOf, rowHeight, head, columns, selected, onSelect, rowClass, children } = props;
  const { follow = false, onFollow, onTop } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const headHeight = head === undefined ? 0 : 28;
  const id = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollPaddingStart: headHeight,
    paddingStart: headHeight,
  });
  const current = selected === null ? -1 : rows.findIndex((row) => keyOf(row) === selected);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (follow && element !== null) element.scrollTop = element.scrollHeight;
  }, [follow, rows]);

  // When older rows are put before the first, the ones in view stay where they are.
  const first = rows[0] === undefined ? null : keyOf(rows[0]);
  const before = useRef<{ first: string | null; count: number }>({ first: null, count: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    const last = before.current;
    if (!follow && element !== null && last.first !== null && last.first !== first) {
      const shift = rows.findIndex((row) => keyOf(row) === last.first);
      if (shift > 0) element.scrollTop += shift * rowHeight;
    }
    before.current = { first, count: rows.length };
  }, [follow, first, rows, keyOf, rowHeight]);

  useEffect(() => {
    if (current >= 0 && !follow) virtual.scrollToIndex(current, { align: 'auto' });
    // Only when the selection changes: new rows must not scroll back to it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);

  const move = (event: KeyboardEvent) => {
    const here = rows[current];
    if ((event.key === 'Enter' || event.key === ' ') && here !== undefined) {
      event.preventDefault();
      onSelect(here, false);
      return;
    }
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current < 0 ? rows.length - 1 : current - 1,
      PageDown: current + PAGE_STEP,
      PageUp: current - PAGE_STEP,
      Home: 0,
      End: rows.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted === undefined || rows.length === 0) return;
    event.preventDefault();
    const row = rows[Math.min(rows.length - 1, Math.max(0, wanted))];
    if (row !== undefined) onSelect(row, true);
  };

  // A row far from the view is not there to be pointed at.
  const isDrawn = current >= 0 && virtual.getVirtualItems().some(({ index }) => index === current);

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + (head === undefined ? 0 : 1)}
      aria-colcount={columns}
      aria-activedescendant={isDrawn ? `${id}-${selected ?? ''}` : undefined}
      tabIndex={0}
      onKeyDown={move}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        onFollow?.(scrollHeight - scrollTop - clientHeight < rowHeight);
        if (scrollTop < rowHeight * PAGE_STEP) onTop?.();
      }}
      className="numbers min-h-0 flex-1 overflow-auto outline-offset-[-2px]!"
    >
      <div role="presentation" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {head === undefined ? null : (
          <div
            role="row"
            aria-rowindex={1}
            className="sticky top-0 z-1 flex h-7 items-center border-b border-line bg-surface text-sm text-dim"
          >
            {head}
          </div>
        )}
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = keyOf(row);
          const isCurrent = key === selected;
          return (
            <div
              key={key}
              id={`${id}-${key}`}
              role="row"
              aria-rowindex={item.index + (head === undefined ? 1 : 2)}
              aria-selected={isCurrent}
              onClick={() => onSelect(row, false)}
              className={`absolute top-0 left-0 flex w-full items-center ${
                isCurrent ? 'bg-accent-ground' : 'hover:bg-hover'
              } ${rowClass?.(row) ?? ''}`}
              style={{ height: item.size, transform: `translateY(${item.start.toString()}px)` }}
            >
              {children(row)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
