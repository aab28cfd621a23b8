/** The whole trace in a strip. Dragging over it zooms to a time range. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { resolveColour } from '../colours/resolve-colour.ts';
import { serviceColourOnCanvas } from '../colours/service-colour.ts';
import { theme } from '../shell/theme.ts';
import { paintMinimap, toPixel } from './minimap-pixels.ts';
import type { TraceView } from './trace-view.ts';
import { useDragRange } from './use-drag-range.ts';
import { useSize } from './use-size.ts';

export function Minimap({ view }: { readonly view: TraceView }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { widthPx, heightPx } = useSize(frame);
  const { model } = view;
  const startMs = view.startMs.value;
  const whole = view.whole.value;
  const window = view.window.value;
  const rootRow = view.rootRow.value;
  const isMatch = view.matches.value?.isMatch;
  const isDark = theme.value === 'dark';

  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || widthPx === 0) return;
    const scale = devicePixelRatio;
    const width = Math.round(widthPx * scale);
    const height = Math.round(heightPx * scale);
    element.width = width;
    element.height = height;
    const image = context.createImageData(width, height);
    const input = {
      model,
      startMs,
      wholeStartMs: whole.startMs,
      wholeEndMs: whole.endMs,
      firstRow: Math.max(rootRow, 0),
      endRow: rootRow < 0 ? model.tree.nodes.length : (model.tree.ends[rootRow] as number),
      isMatch,
    };
    paintMinimap(new Uint32Array(image.data.buffer), width, height, input, {
      services: model.services.map((name) => toPixel(serviceColourOnCanvas(name), 0.85)),
      error: toPixel(resolveColour('--error')),
      match: toPixel(resolveColour('--accent')),
      faded: toPixel(resolveColour('--line-strong')),
    });
    context.putImageData(image, 0, 0);
  }, [model, startMs, whole, rootRow, isMatch, widthPx, heightPx, isDark]);

  const width = whole.endMs - whole.startMs;
  const drag = useDragRange(
    (from, to) => view.zoomTo({ startMs: whole.startMs + from * width, endMs: whole.startMs + to * width }),
    (at) => {
      // A click moves the window there, unless the window is the whole trace.
      const half = (window.endMs - window.startMs) / 2;
      if (half * 2 < width)
        view.zoomTo({ startMs: whole.startMs + at * width - half, endMs: whole.startMs + at * width + half });
    },
  );
  const shown = drag.range ?? {
    from: (window.startMs - whole.startMs) / width,
    to: (window.endMs - whole.startMs) / width,
  };
  const isZoomed = shown.from > 0 || shown.to < 1;
  return (
    <div
      ref={frame}
      class="minimap"
      title="Drag: zoom in. Double-click: show the whole trace"
      onPointerDown={drag.onPointerDown}
      onDblClick={() => view.zoomTo(whole)}
    >
      <canvas ref={canvas} />
      {isZoomed && (
        <>
          <i class="minimap-shade" style={{ left: 0, width: `${shown.from * 100}%` }} />
          <i class="minimap-shade" style={{ left: `${shown.to * 100}%`, right: 0 }} />
          <i
            class="minimap-window"
            style={{ left: `${shown.from * 100}%`, width: `${(shown.to - shown.from) * 100}%` }}
          />
        </>
      )}
    </div>
  );
}
