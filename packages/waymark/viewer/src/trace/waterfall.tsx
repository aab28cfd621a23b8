/** The rows of a trace: a tree on the left, bars over time on the right. Only visible rows are rendered. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format/count.ts';
import { VirtualList, type VirtualListHandle } from '../rows/virtual-list.tsx';
import { gridLines, TimeAxis } from './time-axis.tsx';
import { pan, zoomAround } from './time-window.ts';
import type { TraceView } from './trace-view.ts';
import { positionOf } from './visible-rows.ts';
import { rowElementId, WaterfallRow } from './waterfall-row.tsx';

/** The largest indent. A deeper tree has smaller steps, so that names keep their space. */
const maxIndentPx = 168;
const indentStepPx = 14;
const rowHeightPx = 24;

export function Waterfall({ view }: { readonly view: TraceView }) {
  const list = useRef<VirtualListHandle>(null);
  const [range, setRange] = useState({ start: 0, end: 0 });
  const [barWidthPx, setBarWidthPx] = useState(600);
  const visible = view.visible.value;
  const selectedRow = view.selectedRow.value;
  const scrollTarget = view.scrollTarget.value;
  const window = view.window.value;

  useLayoutEffect(() => {
    if (scrollTarget === undefined) return;
    const position = positionOf(visible, scrollTarget.row);
    if (position >= 0) list.current?.reveal(position, scrollTarget.align);
    view.scrollTarget.value = undefined;
  }, [scrollTarget, visible, view]);

  useLayoutEffect(() => {
    const element = list.current?.element();
    const kept = view.anchoredRow.peek();
    if (!element || kept === undefined) return;
    // The list may have moved as well: the findings above it may have changed.
    element.scrollTop = element.getBoundingClientRect().top + kept.position * rowHeightPx - kept.screenTopPx;
    view.anchoredRow.value = undefined;
  }, [view]);

  useLayoutEffect(() => {
    const axis = list.current?.element()?.querySelector('.time-axis');
    if (!axis) return;
    const observer = new ResizeObserver(() => setBarWidthPx(axis.clientWidth));
    observer.observe(axis);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = list.current?.element();
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      const axis = element.querySelector('.time-axis');
      if (axis === null) return;
      event.preventDefault(); // prevents the browser's zoom
      const { left, width } = axis.getBoundingClientRect();
      const { startMs, endMs } = view.window.peek();
      const atMs = startMs + ((event.clientX - left) / width) * (endMs - startMs);
      const delta = event.deltaY || event.deltaX;
      const next = event.ctrlKey
        ? zoomAround({ startMs, endMs }, view.whole.peek(), atMs, 1.0015 ** delta)
        : pan({ startMs, endMs }, view.whole.peek(), delta / 1000);
      view.zoomTo(next);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [view]);

  const indent = indentFor(view, visible, range);
  const selectedPosition = positionOf(visible, selectedRow);
  const isSelectedInPage = selectedPosition >= range.start && selectedPosition < range.end;
  return (
    <VirtualList
      handle={list}
      class="waterfall"
      role="treegrid"
      label={`Spans of the trace, ${formatCount(visible.length)} rows`}
      count={visible.length}
      columnCount={3}
      activeId={isSelectedInPage ? rowElementId(selectedRow) : undefined}
      onRange={(start, end) =>
        setRange((before) => (before.start === start && before.end === end ? before : { start, end }))
      }
      footer={visible.length === 0 && <p class="no-rows">No span matches. Press Esc to show all spans.</p>}
      header={
        <div class="waterfall-head" role="row" aria-rowindex={1}>
          <span class="head-name" role="columnheader">
            Span
            {indent.fromDepth > 0 && (
              <em title="The tree is too deep for the width of the page"> from depth {indent.fromDepth}</em>
            )}
          </span>
          <span class="head-duration" role="columnheader">
            Duration
          </span>
          <span class="head-time" role="columnheader" aria-label="Time">
            <TimeAxis view={view} />
          </span>
        </div>
      }
      renderRow={(index) => (
        <WaterfallRow
          key={visible[index]}
          view={view}
          row={visible[index] as number}
          index={index}
          isSelected={visible[index] === selectedRow}
          isFolded={view.shownFolds.value[visible[index] as number] === 1}
          indentPx={
            Math.max(0, (view.model.tree.depths[visible[index] as number] as number) - indent.fromDepth) * indent.stepPx
          }
          stepPx={indent.stepPx}
          windowKey={`${window.startMs} ${window.endMs}`}
          grid={gridLines(view, barWidthPx)}
          matches={view.matches.value}
        />
      )}
    />
  );
}

/** If the tree is too deep, indents are relative to the shallowest visible row. */
function indentFor({ model }: TraceView, visible: Int32Array, { start, end }: { start: number; end: number }) {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let index = start; index < Math.min(end, visible.length); index++) {
    const depth = model.tree.depths[visible[index] as number] as number;
    least = Math.min(least, depth);
    most = Math.max(most, depth);
  }
  if (most * indentStepPx <= maxIndentPx) return { fromDepth: 0, stepPx: indentStepPx };
  const fromDepth = Math.max(0, least - 1);
  return {
    fromDepth,
    stepPx: Math.max(2, Math.min(indentStepPx, Math.floor(maxIndentPx / Math.max(most - fromDepth, 1)))),
  };
}
