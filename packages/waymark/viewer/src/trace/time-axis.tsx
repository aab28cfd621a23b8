/** The time axis above the bars. Dragging along it zooms. */
import { useRef } from 'preact/hooks';
import { formatRoundMs } from '../format/duration.ts';
import { listTicks } from './time-window.ts';
import type { TraceView } from './trace-view.ts';
import { useDragRange } from './use-drag-range.ts';
import { useSize } from './use-size.ts';

/** The average width of a character, and the gap between two labels. */
const letterPx = 7.5;
const labelGapPx = 12;

/** A label is about 60 px wide. One and a half times that keeps labels apart. */
const pxPerTick = 96;

export function TimeAxis({ view }: { readonly view: TraceView }) {
  const axis = useRef<HTMLDivElement>(null);
  const { widthPx } = useSize(axis);
  const window = view.window.value;
  const width = window.endMs - window.startMs;
  const originMs = view.originMs.value;
  const drag = useDragRange((from, to) =>
    view.zoomTo({ startMs: window.startMs + from * width, endMs: window.startMs + to * width }),
  );
  const ticks = listAxisTicks(view, widthPx);
  return (
    <div
      ref={axis}
      class="time-axis"
      title="Drag: zoom in. Double-click: show the whole trace"
      onPointerDown={drag.onPointerDown}
      onDblClick={() => view.zoomTo(view.whole.peek())}
    >
      {ticks.map((tickMs, index) => {
        const share = (tickMs - window.startMs) / width;
        const isAtEnd = share * widthPx > widthPx - 56;
        const text = formatRoundMs(tickMs - originMs);
        const before = ticks[index - 1];
        // The last label ends at its tick, the others begin at theirs. So the last one may overlap the one before.
        const hasRoom =
          !isAtEnd ||
          before === undefined ||
          (text.length + formatRoundMs(before - originMs).length) * letterPx + labelGapPx <
            ((tickMs - before) / width) * widthPx;
        return (
          <span key={tickMs} class={isAtEnd ? 'tick tick-end' : 'tick'} style={{ left: `${share * 100}%` }}>
            {hasRoom && text}
          </span>
        );
      })}
      {drag.range && (
        <i
          class="axis-drag"
          style={{ left: `${drag.range.from * 100}%`, width: `${(drag.range.to - drag.range.from) * 100}%` }}
        />
      )}
    </div>
  );
}

/**
 * Ticks are round relative to the first shown start. With corrected clocks that may differ by hours from the start
 * that was sent.
 */
function listAxisTicks(view: TraceView, widthPx: number): readonly number[] {
  const { startMs, endMs } = view.window.value;
  const originMs = view.originMs.value;
  const count = Math.max(2, Math.floor(widthPx / pxPerTick));
  return listTicks({ startMs: startMs - originMs, endMs: endMs - originMs }, count).map((tickMs) => tickMs + originMs);
}

/** The grid lines below the ticks, as a CSS background of the rows. */
export function gridLines(view: TraceView, widthPx: number): string {
  const window = view.window.value;
  const width = window.endMs - window.startMs;
  return listAxisTicks(view, widthPx)
    .map((tickMs) => (tickMs - window.startMs) / width)
    .filter((share) => share > 0.001)
    .map((share) => `linear-gradient(var(--line), var(--line)) ${(share * 100).toFixed(3)}% 0 / 1px 100% no-repeat`)
    .join(',');
}
