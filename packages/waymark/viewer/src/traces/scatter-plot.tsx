/** The duration of each trace over time. Dragging selects a time range. A click on a point opens its trace. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount, formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { formatTime } from '../format/time.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { ServiceName } from '../shell/service-name.tsx';
import { theme } from '../shell/theme.ts';
import { type DrawnPoints, drawScatter } from './draw-scatter.ts';
import type { ScatterPoint } from './scatter-points.ts';
import { durationDomain, type Plot, pointAt, timeAt, xOf, yOf } from './scatter-scale.ts';

export interface ScatterPlotProps {
  readonly points: readonly ScatterPoint[];
  /** The number of traces, of which the points are a part. */
  readonly totalCount: number;
  /** Whether the collector searched all traces. If not, there may be more than `totalCount`. */
  readonly isComplete: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly selectedId: string | undefined;
  readonly onChooseTime: (startMs: number, endMs: number) => void;
  readonly onOpen: (traceId: string) => void;
}

/** A shorter drag is a click with an unsteady hand. */
const minDragPx = 5;

export function ScatterPlot({ points, totalCount, isComplete, startMs, endMs, selectedId, ...on }: ScatterPlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<DrawnPoints>({ xs: new Float32Array(), ys: new Float32Array(), count: 0 });
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [hovered, setHovered] = useState<number>();
  const [drag, setDrag] = useState<{ fromX: number; toX: number }>();

  const plot: Plot = { left: 56, top: 12, width: Math.max(1, size.width - 68), height: Math.max(1, size.height - 36) };
  const durations = useMemo(() => durationDomain(points.map(({ durationMs }) => durationMs)), [points]);
  const domain = { startMs, endMs, ...durations };
  const shownTheme = theme.value;

  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // The colours depend on the theme, the plot on the size.
  useEffect(() => {
    if (canvas.current !== null && size.width > 0) {
      drawn.current = drawScatter(canvas.current, { points, domain, plot });
    }
  }, [points, startMs, endMs, size, shownTheme]);

  useKeys(
    'Scatter',
    drag === undefined ? [] : [{ keys: 'Escape', does: 'cancel the selection', run: () => setDrag(undefined) }],
  );

  const placeOf = (event: PointerEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.current?.setPointerCapture(event.pointerId);
    const { x } = placeOf(event);
    setDrag({ fromX: x, toX: x });
  };
  const onPointerMove = (event: PointerEvent) => {
    const at = placeOf(event);
    if (drag !== undefined) setDrag({ ...drag, toX: at.x });
    setHovered(drag === undefined || isClick(drag) ? pointAt(at, drawn.current) : undefined);
  };
  const onPointerUp = (event: PointerEvent) => {
    if (drag === undefined) return;
    setDrag(undefined);
    const at = placeOf(event);
    const ended = { fromX: drag.fromX, toX: at.x };
    if (isClick(ended)) {
      const point = points[pointAt(at, drawn.current) ?? -1];
      if (point !== undefined) on.onOpen(point.traceId);
      return;
    }
    const [a, b] = [timeAt(ended.fromX, domain, plot), timeAt(ended.toX, domain, plot)];
    on.onChooseTime(Math.min(a, b), Math.max(a, b));
  };

  const errorCount = useMemo(() => points.reduce((count, { isError }) => count + (isError ? 1 : 0), 0), [points]);
  // Not on the canvas: each step through the list would draw all points again.
  const selected = selectedId === undefined ? undefined : points.find(({ traceId }) => traceId === selectedId);
  const hoveredPoint = hovered === undefined ? undefined : points[hovered];
  const isPart = totalCount > points.length || !isComplete;
  return (
    <div class="scatter">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Duration of ${formatPlural(totalCount, 'trace')} over time, ${formatCount(errorCount)} with errors. The list below shows the same traces. By keyboard, change the time range with its field or with the key -.`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => setHovered(undefined)}
      />
      {drag !== undefined && !isClick(drag) && <SelectedRange {...drag} plot={plot} startMs={startMs} endMs={endMs} />}
      {selected !== undefined && selected.startMs >= startMs && (
        <Ring x={xOf(selected.startMs, domain, plot)} y={yOf(selected.durationMs, domain, plot)} />
      )}
      {hoveredPoint !== undefined && hovered !== undefined && (
        <PointLabel
          point={hoveredPoint}
          x={drawn.current.xs[hovered] ?? 0}
          y={drawn.current.ys[hovered] ?? 0}
          widthPx={size.width}
        />
      )}
      {isPart && (
        <p
          class="scatter-part"
          title="Traces with errors, the slowest of each time slot, some of each operation, and a sample of the others"
        >
          {formatCount(points.length)} of {isComplete ? '' : 'at least '}
          {formatCount(totalCount)} shown
        </p>
      )}
    </div>
  );
}

function SelectedRange(props: { fromX: number; toX: number; plot: Plot; startMs: number; endMs: number }) {
  const { plot } = props;
  const clamp = (x: number) => Math.min(plot.left + plot.width, Math.max(plot.left, x));
  const left = clamp(Math.min(props.fromX, props.toX));
  const width = clamp(Math.max(props.fromX, props.toX)) - left;
  const lengthMs = (width / plot.width) * (props.endMs - props.startMs);
  return (
    <div class="scatter-selection" style={{ left: `${left}px`, width: `${width}px` }}>
      <span>{formatDurationMs(lengthMs)}</span>
    </div>
  );
}

function PointLabel({ point, x, y, widthPx }: { point: ScatterPoint; x: number; y: number; widthPx: number }) {
  const isRight = x > widthPx - 220;
  return (
    <>
      <Ring x={x} y={y} />
      <div class={`scatter-label ${isRight ? 'at-left' : ''}`} style={{ left: `${x}px`, top: `${y}px` }}>
        <ServiceName name={point.serviceName} />
        <b>{formatDurationMs(point.durationMs)}</b>
        {point.isError && <span class="error-text">error</span>}
        <span class="dim">{formatTime(point.startMs)}</span>
      </div>
    </>
  );
}

function Ring({ x, y }: { readonly x: number; readonly y: number }) {
  return <div class="scatter-ring" style={{ left: `${x}px`, top: `${y}px` }} />;
}

function isClick({ fromX, toX }: { fromX: number; toX: number }): boolean {
  return Math.abs(toX - fromX) < minDragPx;
}
