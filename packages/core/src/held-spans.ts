/**
 * Ended spans that wait until their parent has ended too, because a hook may still drop the parent: then they become children of its
 * parent. Only tracers with `onEnding` have any.
 */
import { performance } from 'node:perf_hooks';
import { runOutsideContext } from './active-context.ts';
import { leaveDropped, noteNamed } from './dropped-span.ts';
import type { RecordingSpan } from './recording-span.ts';

// A request that takes longer exports its first spans early, and is kept then. Most of the time no more than a hundred wait.
const maxSpans = 1000;
const longestMs = 2000;

export interface HeldSpans {
  readonly count: number;
  /** Takes an ended span: sends it now, or when its parent has ended. */
  take(span: RecordingSpan): void;
  /** Sends the children of a span that is kept. */
  sendChildren(parent: RecordingSpan): void;
  /** Moves the children of a span that is dropped to its parent. */
  moveChildren(dropped: RecordingSpan): void;
  /** Sends all. */
  release(): void;
}

/** @param maySpansWait Whether ended spans wait at all: not if the tracer has no `onEnding`, or has been shut down. */
export function createHeldSpans(send: (span: RecordingSpan) => void, maySpansWait: () => boolean): HeldSpans {
  /** With the time since which they wait, by the monotonic clock. The longest wait comes first. */
  const held = new Map<RecordingSpan, number>();
  const children = new Map<RecordingSpan, Set<RecordingSpan>>();
  let timer: NodeJS.Timeout | undefined;

  function hold(span: RecordingSpan, parent: RecordingSpan): void {
    let siblings = children.get(parent);
    if (siblings === undefined) {
      siblings = new Set();
      children.set(parent, siblings);
    }
    siblings.add(span);
    if (held.has(span)) return; // it has moved to another parent
    held.set(span, performance.now());
    if (held.size > maxSpans) sendFirst();
    if (timer === undefined) watch(longestMs);
  }

  function watch(delayMs: number): void {
    runOutsideContext(() => {
      timer = setTimeout(sendOverdue, delayMs).unref();
    });
  }

  function sendOverdue(): void {
    timer = undefined;
    const nowMs = performance.now();
    for (const sinceMs of held.values()) {
      const waitMs = sinceMs + longestMs - nowMs;
      if (waitMs > 0) {
        watch(waitMs);
        return;
      }
      sendFirst();
    }
  }

  /** Sends the span that waits longest, although its parent still runs. */
  function sendFirst(): void {
    for (const span of held.keys()) {
      const parent = span.localParent as RecordingSpan; // no other span is held
      const siblings = children.get(parent);
      siblings?.delete(span);
      if (siblings?.size === 0) children.delete(parent);
      held.delete(span);
      noteNamed(parent);
      send(span);
      return;
    }
  }

  function take(span: RecordingSpan): void {
    const parent = span.localParent;
    if (parent !== undefined && parent.endMs === undefined) {
      if (parent.tracer === span.tracer && maySpansWait()) {
        hold(span, parent);
        return;
      }
      noteNamed(parent);
    }
    held.delete(span);
    send(span);
  }

  function takeChildren(parent: RecordingSpan): Iterable<RecordingSpan> {
    const taken = children.get(parent) ?? [];
    children.delete(parent);
    return taken;
  }

  return {
    get count() {
      return held.size;
    },
    take,
    sendChildren(parent) {
      for (const span of takeChildren(parent)) {
        held.delete(span);
        send(span);
      }
    },
    moveChildren(dropped) {
      for (const span of takeChildren(dropped)) {
        leaveDropped(span);
        take(span);
      }
    },
    release() {
      clearTimeout(timer);
      timer = undefined;
      for (let left = held.size; left > 0; left--) sendFirst();
    },
  };
}
