/**
 * A long list that only renders the visible rows. All rows have the same height, so a row's position is its index
 * times the height.
 */
import type { ComponentChildren, Ref } from 'preact';
import { useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListHandle {
  /** Scrolls as little as possible to show the row. */
  readonly reveal: (index: number, align?: 'nearest' | 'center') => void;
  readonly element: () => HTMLElement | null;
}

export interface VirtualListProps {
  readonly count: number;
  /** The height of one row. Default 24. */
  readonly rowHeightPx?: number;
  /** Renders the rows from `start` up to, but not including, `end`. */
  readonly renderRow: (index: number) => ComponentChildren;
  readonly role: 'grid' | 'treegrid' | 'listbox' | 'list';
  readonly label: string;
  readonly class?: string;
  /** The id of the selected row's element. Set only while the row is rendered. */
  readonly activeId?: string | undefined;
  readonly columnCount?: number;
  /** Called with the visible range, to load more rows near the end. */
  readonly onRange?: (start: number, end: number) => void;
  readonly onScroll?: (scrollTopPx: number) => void;
  /** A header that does not scroll. */
  readonly header?: ComponentChildren;
  /** Shown after the last row. */
  readonly footer?: ComponentChildren;
  readonly handle?: Ref<VirtualListHandle>;
}

/** Rows rendered beyond each edge, so that a scroll step shows no empty space. */
const overscan = 12;

export function VirtualList({ rowHeightPx = 24, count, renderRow, handle, ...props }: VirtualListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ topPx: 0, heightPx: 800 });

  const measure = () => {
    const element = scroller.current;
    if (element === null) return;
    const topPx = Math.max(0, element.scrollTop);
    const heightPx = element.clientHeight;
    setView((before) => (before.topPx === topPx && before.heightPx === heightPx ? before : { topPx, heightPx }));
    props.onScroll?.(topPx);
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useImperativeHandle(handle ?? null, () => ({
    element: () => scroller.current,
    reveal: (index, align = 'nearest') => {
      const element = scroller.current;
      if (element === null) return;
      // The header covers the first visible rows, and the body begins below it.
      const headerPx = rows.current?.offsetTop ?? 0;
      const top = index * rowHeightPx;
      const seen = element.clientHeight - headerPx;
      if (align === 'center') element.scrollTop = top - seen / 2;
      else if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeightPx > element.scrollTop + seen) element.scrollTop = top + rowHeightPx - seen;
    },
  }));

  const start = Math.max(0, Math.floor(view.topPx / rowHeightPx) - overscan);
  const end = Math.min(count, Math.ceil((view.topPx + view.heightPx) / rowHeightPx) + overscan);
  useLayoutEffect(() => props.onRange?.(start, end), [start, end, count]);

  const shown = [];
  for (let index = start; index < end; index++) shown.push(renderRow(index));
  return (
    <div
      ref={scroller}
      class={`virtual-list ${props.class ?? ''}`}
      role={props.role}
      aria-label={props.label}
      aria-rowcount={props.role === 'list' || props.role === 'listbox' ? undefined : count + (props.header ? 1 : 0)}
      aria-colcount={props.columnCount}
      aria-activedescendant={props.activeId}
      tabIndex={0}
      onScroll={measure}
    >
      {props.header}
      <div class="virtual-rows" ref={rows} role="rowgroup" style={{ height: `${count * rowHeightPx}px` }}>
        <div class="virtual-window" role="presentation" style={{ transform: `translateY(${start * rowHeightPx}px)` }}>
          {shown}
        </div>
      </div>
      {props.footer}
    </div>
  );
}
