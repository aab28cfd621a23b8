/** Selects a range by dragging over a time axis. */
import { useRef, useState } from 'preact/hooks';

export interface DragRange {
  /** Shares of the width, from 0 to 1. Undefined while the pointer is up. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly onPointerDown: (event: PointerEvent) => void;
}

/** A shorter drag is a click with an unsteady hand. */
const minDragPx = 4;

/**
 * @param onRange Gets shares of the width, the smaller one first.
 * @param onClick Gets the position of the click, as a share.
 */
export function useDragRange(onRange: (from: number, to: number) => void, onClick?: (at: number) => void): DragRange {
  const [range, setRange] = useState<{ from: number; to: number }>();
  const latest = useRef({ onRange, onClick });
  latest.current = { onRange, onClick };

  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    const target = event.currentTarget;
    const { left, width } = target.getBoundingClientRect();
    const shareAt = ({ clientX }: PointerEvent) => Math.min(Math.max((clientX - left) / width, 0), 1);
    const from = shareAt(event);
    let to = from;
    target.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => {
      to = shareAt(moved);
      if (Math.abs(to - from) * width >= minDragPx) setRange({ from: Math.min(from, to), to: Math.max(from, to) });
    };
    const end = (ended: PointerEvent) => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', end);
      target.removeEventListener('pointercancel', end);
      setRange(undefined);
      if (ended.type === 'pointercancel') return;
      if (Math.abs(to - from) * width >= minDragPx) latest.current.onRange(Math.min(from, to), Math.max(from, to));
      else latest.current.onClick?.(from);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', end);
    target.addEventListener('pointercancel', end);
  }

  return { range, onPointerDown };
}
