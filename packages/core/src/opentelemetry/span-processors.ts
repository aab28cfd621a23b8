/**
 * Processors of OpenTelemetry's SDK in a Waymark tracer: they are called for each recorded span, as hooks at its start and before its
 * end, and as an exporter after its end.
 */
import { isPromise } from 'node:util/types';
import { Context } from '../context.ts';
import type { ExporterHost, SpanExporter } from '../exporter.ts';
import type { OpenTelemetrySpanProcessor } from '../open-telemetry-types.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SpanProcessors } from '../span-hooks.ts';
import { nameOfProcessor } from '../span-processors-option.ts';
import type { OpenTelemetryContext } from './api-types.ts';
import { createContextViews } from './bridge-context.ts';
import { emptyContext } from './empty-context.ts';
import { ProcessedSpan } from './processed-span.ts';
import { suppressTracing } from './suppress-tracing.ts';

const views = createContextViews(emptyContext);
const users = new WeakMap<OpenTelemetrySpanProcessor, number>();

/**
 * @param hasExporters Whether exporters get the spans afterwards, with what the processors have changed.
 * @public Loaded by `require()`, in create-tracer.ts.
 */
export function createSpanProcessors(
  processors: readonly OpenTelemetrySpanProcessor[],
  hasExporters: boolean,
): { hooks: SpanProcessors; exporter: SpanExporter } {
  const spans = new WeakMap<RecordingSpan, ProcessedSpan>();
  /** Ended ones, as long as a processor has them: spans may still start below them. */
  const ended = new WeakMap<RecordingSpan, WeakRef<ProcessedSpan>>();
  let host: ExporterHost | undefined;
  let exported = 0;
  let lateCount = 0;
  let isShutDown = false;

  /** Calls a method of each processor. What one throws does not reach the others. */
  function callEach(
    method: 'onStart' | 'onEnding' | 'onEnd',
    call: (processor: OpenTelemetrySpanProcessor) => unknown,
  ): void {
    for (const processor of processors) {
      const count = (error: unknown): void => {
        host?.diagnostics.count('hook-failed', `${nameOfProcessor(processor)}.${method}(): ${describe(error)}`);
      };
      try {
        const result = call(processor);
        if (isPromise(result)) result.catch(count);
      } catch (error) {
        count(error);
      }
    }
  }

  function spanFor(recording: RecordingSpan): ProcessedSpan {
    let span = spans.get(recording);
    if (span === undefined) {
      span = new ProcessedSpan(recording);
      spans.set(recording, span);
    }
    return span;
  }

  /** In it, the parent is the object that the processors got when the parent started. */
  function viewOf({ span, baggage, values }: Context): OpenTelemetryContext {
    const context = views.viewOf(views.fromWaymark(new Context(span, baggage, values)));
    const recording = span as RecordingSpan; // only recorded spans are keys
    const parent = span === undefined ? undefined : (spans.get(recording) ?? ended.get(recording)?.deref());
    return parent === undefined ? context : context.showing(parent);
  }

  /** No requests of processors are traced, by Waymark or by instrumentations of OpenTelemetry. */
  function untraced<Result>(fn: () => Result): Result {
    return host === undefined ? suppressTracing(fn) : host.untraced(() => suppressTracing(fn));
  }

  async function settleAll(call: (processor: OpenTelemetrySpanProcessor) => unknown): Promise<void> {
    const all = await Promise.allSettled(processors.map(async (processor) => untraced(() => call(processor))));
    for (const result of all) if (result.status === 'rejected') throw result.reason; // the tracer counts it
  }

  return {
    hooks: {
      onStart(recording, context) {
        const span = spanFor(recording);
        const parentContext = viewOf(context);
        span.during(() => callEach('onStart', (processor) => processor.onStart(span, parentContext)), true);
      },
      onEnding(recording) {
        const span = spanFor(recording);
        span.during(() => callEach('onEnding', (processor) => processor.onEnding?.(span)), true);
      },
    },
    exporter: {
      name: 'span-processors',
      destination: processors.map(nameOfProcessor).join(', '),
      start(given) {
        host = given;
        for (const processor of processors) users.set(processor, (users.get(processor) ?? 0) + 1);
      },
      export(given) {
        if (isShutDown) {
          lateCount++;
          host?.diagnostics.count('span-dropped', 'after-shutdown');
          return;
        }
        exported++;
        const span = spanFor(given as RecordingSpan); // no other class implements it
        untraced(() => span.finish(() => callEach('onEnd', (processor) => processor.onEnd(span)), hasExporters));
        // It has a copy of the data. The context of an idle socket may hold the span itself for hours.
        spans.delete(given as RecordingSpan);
        ended.set(given as RecordingSpan, new WeakRef(span));
      },
      flush: () => settleAll((processor) => processor.forceFlush()),
      shutdown() {
        isShutDown = true;
        return settleAll((processor) => {
          const left = (users.get(processor) ?? 1) - 1;
          users.set(processor, left);
          return left === 0 ? processor.shutdown() : processor.forceFlush(); // another tracer has it, too
        });
      },
      // A processor whose exporter writes at once, such as one for the console, delivers its spans yet.
      save: () => void settleAll((processor) => processor.forceFlush()).catch(() => {}),
      stats: () => ({ exported, waiting: 0, dropped: lateCount === 0 ? {} : { 'after-shutdown': lateCount } }),
    },
  };
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be described';
  }
}
