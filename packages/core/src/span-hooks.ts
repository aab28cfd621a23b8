/** What a tracer with `onStart` or `onEnding` does beyond one without: it calls the hooks, and holds and drops spans. */
import { Context } from './context.ts';
import type { Diagnostics } from './diagnostics.ts';
import { becomeDropped, canDrop, leaveDropped } from './dropped-span.ts';
import { callEndingHook, type EndingHook } from './ending-hook.ts';
import { createHeldSpans } from './held-spans.ts';
import { forgetExceptionsOf } from './passing-exceptions.ts';
import { processState } from './process-state.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { SpanStart } from './span-options.ts';
import { callStartingHook, type StartingHook } from './starting-hook.ts';
import type { WaymarkSpan } from './waymark-span.ts';

/** The part of a tracer that its hooks use. */
export interface HookHost {
  readonly diagnostics: Diagnostics;
  /** Whether it has been shut down. */
  isEnded(): boolean;
  /** Counts a span that has ended. */
  noteEnd(span: RecordingSpan): void;
  /** Counts a span that was dropped. */
  noteDrop(span: RecordingSpan): void;
  /** Gives an ended span to the exporters. */
  send(span: RecordingSpan): void;
}

/** OpenTelemetry's span processors, as hooks. No method throws. */
export interface SpanProcessors {
  onStart(span: RecordingSpan, parentContext: Context): void;
  onEnding(span: RecordingSpan): void;
}

export interface SpanHooks {
  /** Ended spans that wait for their parents. */
  readonly heldCount: number;
  /** Called for each recorded span that has started. The hooks run in the context of its parent. */
  onStart(span: RecordingSpan, parent: WaymarkSpan | undefined, options: SpanStart): void;
  /** Called for a span that is about to end. Returns whether it ends. */
  onEnding(span: RecordingSpan): boolean;
  /** Called for each span that has ended. */
  onEnd(span: RecordingSpan): void;
  /** Sends the ended spans that wait for their parents. */
  release(): void;
}

const { storage } = processState;

/** The active context, if its span is the parent, or else one with that parent. */
function contextOf(parent: WaymarkSpan | undefined): Context {
  const active = storage.getStore();
  return active !== undefined && active.span === parent ? active : new Context(parent, active?.baggage, active?.values);
}

/** No method throws. */
export function createSpanHooks(
  { onStart, onEnding }: { readonly onStart: StartingHook | undefined; readonly onEnding: EndingHook | undefined },
  processors: SpanProcessors | undefined,
  host: HookHost,
): SpanHooks {
  const held = createHeldSpans(
    (span) => host.send(span),
    () => onEnding !== undefined && !host.isEnded(),
  );

  /** Returns whether the span is gone. It is kept if that would leave an orphan. */
  function drop(span: RecordingSpan): boolean {
    if (!canDrop(span)) {
      host.diagnostics.count('drop-too-late', span.name);
      return false;
    }
    host.noteDrop(span);
    forgetExceptionsOf(span);
    becomeDropped(span);
    held.moveChildren(span);
    return true;
  }

  return {
    get heldCount() {
      return held.count;
    },
    onStart(span, parent, options) {
      leaveDropped(span);
      const context = contextOf(span.localParent ?? (parent?.mode === undefined ? undefined : parent));
      storage.run(context, () => {
        if (callStartingHook(onStart, span, options, host.diagnostics) && drop(span)) return;
        if (span.endMs === undefined) processors?.onStart(span, context);
      });
    },
    onEnding(span) {
      const { hookPhase } = span;
      // The hook itself ends the span: it ends when the hook has returned.
      if (hookPhase === 'ending' || hookPhase === 'dropping') return false;
      leaveDropped(span);
      span.hookPhase = 'ending';
      processors?.onEnding(span);
      return !(onEnding !== undefined && callEndingHook(onEnding, span, host.diagnostics) && drop(span));
    },
    onEnd(span) {
      host.noteEnd(span);
      held.sendChildren(span);
      held.take(span);
    },
    release: () => held.release(),
  };
}
