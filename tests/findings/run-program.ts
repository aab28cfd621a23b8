/**
 * Runs a small program on a simulated clock, and records the spans that tracing it would give. The program can be run
 * again with one call in place of a loop, so the saving of that call is known, not estimated.
 */
import type { toOutline } from 'waymark/analysis';

export type Span = Parameters<typeof toOutline>[0][number];

export interface Operation {
  readonly name: string;
  readonly service: string;
  readonly kind?: Span['kind'];
  readonly attributes?: Span['attributes'];
  readonly isFailed?: boolean;
  /** The loop that makes this call: one call could replace all calls with the same label. */
  readonly loop?: string;
  /** A name for this span in the expected findings. */
  readonly label?: string;
  readonly body: readonly Step[];
}

export type Step =
  /** The operation itself works, or waits, for this many milliseconds. */
  | number
  /** It awaits another operation. */
  | Operation
  /** It awaits several at once, as `Promise.all()` does; at most `width` run at a time, as with a pool. */
  | { readonly all: readonly Operation[]; readonly width?: number; readonly queueIsInSpan?: boolean }
  /** It starts another operation after this many milliseconds, and does not wait for it. */
  | { readonly start: Operation; readonly afterMs: number }
  /** It awaits another operation that continues for this many milliseconds after its answer: a stream. */
  | { readonly answerOf: Operation; readonly goesOnMs: number }
  /** The end of the operation's own span, although the operation continues. */
  | 'end-span';

export interface RunOptions {
  /** Spans are not needed when a program is run again. */
  readonly traceId?: string;
  /** How far the clock of a service is ahead, in milliseconds. */
  readonly clocks?: Readonly<Record<string, number>>;
  /** The loop that one call replaces, and the duration of that call. */
  readonly replaced?: { readonly loop: string; readonly callMs: number };
}

export interface Run {
  readonly spans: Span[];
  /** Ids of spans, by label. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly loops: ReadonlyMap<string, readonly { readonly spanId: string; readonly durationMs: number }[]>;
  /** Ids of spans that waited, with nothing below them running, for at least 10 ms and a tenth of the trace. */
  readonly gaps: readonly string[];
  /** Ids of spans that failed while no span below them did. */
  readonly errorOrigins: readonly string[];
  /** From the first start to the last end, by one clock. */
  readonly durationMs: number;
}

const epochNano = 1_700_000_000_000_000_000n;
const nanoPerMs = 1e6;

export function runProgram(
  roots: readonly Operation[],
  { traceId = '1'.repeat(32), clocks = {}, replaced }: RunOptions = {},
): Run {
  const spans: Span[] = [];
  const labels = new Map<string, string[]>();
  const loops = new Map<string, { spanId: string; durationMs: number }[]>();
  const waits: { spanId: string; ms: number }[] = [];
  const errorOrigins: string[] = [];
  let lastNano = 0;
  let hasReplaced = false;

  /** @returns The end of the operation, in nanoseconds after the start of the program. */
  function run(
    operation: Operation,
    startNano: number,
    parentSpanId: string | undefined,
    callerStartNano = startNano,
  ): number {
    if (replaced !== undefined && operation.loop === replaced.loop) {
      if (hasReplaced) return startNano;
      hasReplaced = true;
      lastNano = Math.max(lastNano, startNano + toNano(replaced.callMs));
      return startNano + toNano(replaced.callMs);
    }
    const spanId = (spans.length + 1).toString(16).padStart(16, '0');
    const at = spans.length;
    spans.push(undefined as unknown as Span); // a parent comes before its children
    let nowNano = startNano;
    let endNano: number | undefined;
    let queuedMs = (startNano - callerStartNano) / nanoPerMs;
    const mayHaveGaps = !callKinds.includes(operation.kind) && operation.body.some((step) => typeof step === 'object');
    for (const step of operation.body) {
      if (step === 'end-span') endNano = nowNano;
      else if (typeof step === 'number') {
        nowNano += toNano(step);
        if (mayHaveGaps) waits.push({ spanId, ms: step + queuedMs });
        queuedMs = 0;
      } else if ('all' in step) nowNano = runAll(step, nowNano, spanId);
      else if ('start' in step) run(step.start, nowNano + toNano(step.afterMs), spanId);
      else if ('answerOf' in step) nowNano = run(step.answerOf, nowNano, spanId) - toNano(step.goesOnMs);
      else nowNano = run(step, nowNano, spanId);
    }
    endNano ??= nowNano;
    lastNano = Math.max(lastNano, endNano);
    spans[at] = toSpan(operation, spanId, parentSpanId, callerStartNano, endNano);
    if (operation.isFailed === true && !operation.body.some(hasFailed)) errorOrigins.push(spanId);
    if (operation.label !== undefined) put(labels, operation.label, spanId);
    if (operation.loop !== undefined) {
      put(loops, operation.loop, { spanId, durationMs: (endNano - callerStartNano) / nanoPerMs });
    }
    return nowNano;
  }

  function runAll(
    { all, width = all.length, queueIsInSpan = true }: Extract<Step, { all: unknown }>,
    startNano: number,
    parent: string,
  ): number {
    const freeNano = Array.from({ length: width }, () => startNano);
    for (const operation of all) {
      const next = freeNano.indexOf(Math.min(...freeNano));
      const free = freeNano[next] as number;
      freeNano[next] = run(operation, free, parent, queueIsInSpan ? startNano : free);
    }
    return Math.max(...freeNano);
  }

  function toSpan(
    operation: Operation,
    spanId: string,
    parentSpanId: string | undefined,
    startNano: number,
    endNano: number,
  ): Span {
    const { name, service, kind = 'internal', attributes = {}, isFailed = false } = operation;
    const offset = BigInt(toNano(clocks[service] ?? 0));
    return {
      traceId,
      spanId,
      ...(parentSpanId !== undefined && { parentSpanId }),
      name,
      kind,
      startTimeUnixNano: String(epochNano + offset + BigInt(startNano)),
      endTimeUnixNano: String(epochNano + offset + BigInt(endNano)),
      attributes,
      ...(isFailed && { status: { code: 'error', message: 'failed' } }),
      resource: { serviceName: service, attributes: { 'service.name': service } },
    };
  }

  for (const root of roots) run(root, 0, undefined);
  const durationMs = lastNano / nanoPerMs;
  const gaps = waits.filter(({ ms }) => ms >= Math.max(10, durationMs / 10)).map(({ spanId }) => spanId);
  return { spans, labels, loops, gaps, errorOrigins, durationMs };
}

const callKinds: readonly (Span['kind'] | undefined)[] = ['client', 'producer'];

function hasFailed(step: Step): boolean {
  if (typeof step !== 'object') return false;
  if ('all' in step) return step.all.some(hasFailed);
  if ('start' in step) return hasFailed(step.start);
  if ('answerOf' in step) return hasFailed(step.answerOf);
  return step.isFailed === true;
}

function toNano(ms: number): number {
  return Math.round(ms * nanoPerMs);
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
