/** The flame chart: time from left to right, calls from top to bottom. Concurrent spans are on separate levels. */

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { resolveColour } from '../colours/resolve-colour.ts';
import { serviceColourOnCanvas } from '../colours/service-colour.ts';
import { formatDurationMs } from '../format/duration.ts';
import { theme } from '../shell/theme.ts';
import { durationText } from './duration-text.ts';
import { drawFlame, type FlamePicture, hitFlame, levelHeightPx } from './flame-drawing.ts';
import { layOutFlame } from './flame-layout.ts';
import { TimeAxis } from './time-axis.tsx';
import { pan, zoomAround } from './time-window.ts';
import { noteOf } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';
import { useSize } from './use-size.ts';

export function Flame({ view }: { readonly view: TraceView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { widthPx, heightPx } = useSize(scroller);
  const [scrollTopPx, setScrollTopPx] = useState(0);
  const [hovered, setHovered] = useState<{ span: number; x: number; y: number }>();
  const { model } = view;
  const startMs = view.startMs.value;
  const window = view.window.value;
  const rootSpan = model.tree.nodes[view.rootRow.value] ?? -1;
  const selectedSpan = model.tree.nodes[view.selectedRow.value] ?? -1;
  const isMatch = view.matches.value?.isMatch;
  const isDark = theme.value === 'dark';
  const layout = useMemo(() => layOutFlame(model, startMs, rootSpan), [model, startMs, rootSpan]);
  const picture: FlamePicture = {
    model,
    layout,
    startMs,
    window,
    widthPx,
    heightPx,
    scrollTopPx,
    selectedSpan,
    isMatch,
  };

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || widthPx === 0) return;
    element.width = Math.round(widthPx * devicePixelRatio);
    element.height = Math.round(heightPx * devicePixelRatio);
    context.scale(devicePixelRatio, devicePixelRatio);
    drawFlame(context, picture, {
      services: model.services.map(serviceColourOnCanvas),
      text: resolveColour('--ink'),
      paper: resolveColour('--paper'),
      error: resolveColour('--error'),
      focus: resolveColour('--focus'),
      font: `12px ${getComputedStyle(element).fontFamily}`,
    });
  }, [model, layout, startMs, window, widthPx, heightPx, scrollTopPx, selectedSpan, isMatch, isDark]);

  useLayoutEffect(() => {
    const element = scroller.current;
    const level = selectedSpan < 0 ? -1 : (layout.levels[selectedSpan] as number);
    if (element === null || level < 0) return;
    const top = level * levelHeightPx;
    if (top < element.scrollTop || top + levelHeightPx > element.scrollTop + element.clientHeight) {
      element.scrollTop = top - element.clientHeight / 2;
    }
  }, [layout, selectedSpan]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault(); // prevents the browser's zoom
      const { left, width } = element.getBoundingClientRect();
      const { startMs: from, endMs } = view.window.peek();
      const atMs = from + ((event.clientX - left) / width) * (endMs - from);
      const delta = event.deltaY || event.deltaX;
      view.zoomTo(
        event.ctrlKey
          ? zoomAround({ startMs: from, endMs }, view.whole.peek(), atMs, 1.0015 ** delta)
          : pan({ startMs: from, endMs }, view.whole.peek(), delta / 1000),
      );
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [view]);

  const spanAt = (event: MouseEvent) => hitFlame(picture, event.offsetX, event.offsetY);
  return (
    <div class="flame">
      <div class="flame-axis">
        <TimeAxis view={view} />
      </div>
      <div
        ref={scroller}
        class="flame-scroller"
        tabIndex={0}
        role="img"
        aria-label={`Flame chart of ${model.spanCount} spans. The waterfall shows the same spans as a tree, for keyboards and screen readers.`}
        onScroll={(event) => setScrollTopPx(event.currentTarget.scrollTop)}
      >
        <div style={{ height: `${layout.levelCount * levelHeightPx}px` }}>
          <canvas
            ref={canvas}
            class="flame-canvas"
            style={{ width: `${widthPx}px`, height: `${heightPx}px` }}
            onMouseMove={(event) => {
              const span = spanAt(event);
              setHovered(span < 0 ? undefined : { span, x: event.offsetX, y: event.offsetY });
            }}
            onMouseLeave={() => setHovered(undefined)}
            onClick={(event) => {
              const span = spanAt(event);
              if (span >= 0) view.select(model.tree.rowOfSpan[span] as number);
            }}
            onDblClick={(event) => {
              const span = spanAt(event);
              if (span < 0) return view.zoomTo(view.whole.peek());
              const start = startMs[span] as number;
              view.zoomTo({ startMs: start, endMs: start + Math.max(model.durationMs[span] as number, 0.001) });
            }}
          />
        </div>
      </div>
      {hovered && (
        <div
          class="flame-tip"
          style={{
            left: `${Math.min(hovered.x + 12, Math.max(widthPx - 320, 0))}px`,
            top: `${Math.min(hovered.y + 44, heightPx - 24)}px`,
          }}
        >
          <b>{model.services[model.serviceOf[hovered.span] as number]}</b>{' '}
          {model.names[model.nameOf[hovered.span] as number]} {durationText(model, hovered.span)}
          <span class="dim"> self {formatDurationMs(model.selfMs[hovered.span] as number)}</span>
          <div class="dim clip">{noteOf(model, hovered.span)}</div>
        </div>
      )}
    </div>
  );
}
