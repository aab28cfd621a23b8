/** A long list of which only the rows in sight are in the page. All rows are equally high, so where one is, is a product. */
import type { ComponentChildren, Ref } from 'preact';
import { useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListHandle {
  /** Scrolls as little as shows the row. */
  readonly reveal: (index: number, align?: 'nearest' | 'center') => void;
  readonly element: () => HTMLElement | null;
}

export interface VirtualListProps {
  readonly count: number;
  /** Of one row, in pixels. Default 24. */
  readonly rowHeightPx?: number;
  /** The rows from `start` up to, but not with, `end`, each as high as said. */
  readonly renderRow: (index: number) => ComponentChildren;
  readonly role: 'grid' | 'treegrid' | 'listbox' | 'list';
  readonly label: string;
  readonly class?: string;
  /** The id of the selected row, which must be in sight when it is set. */
  readonly activeId?: string | undefined;
  readonly columnCount?: number;
  /** Called with the range in sight, to load more near the end. */
  readonly onRange?: (start: number, end: number) => void;
  readonly onScroll?: (scrollTopPx: number) => void;
  /** Stays above the rows while they scroll. */
  readonly header?: ComponentChildren;
  /** Comes after the last row. */
  readonly footer?: ComponentChildren;
  readonly handle?: Ref<VirtualListHandle>;
}

/** Rows drawn beyond each edge, so that a scroll step finds them there. */
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
      // The header covers the first rows in sight, and the body begins below it.
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
