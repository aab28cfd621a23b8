/** Makes a span from the fields that matter to a test. The other fields have defaults. */
import type { Attributes, Span, SpanKind } from '../src/model/span.ts';
import { noEnd } from '../src/model/span-duration.ts';

/** 2025-11-25, at the start of a slot of each length of the timeline. */
export const epochMs: number = 1_764_037_440_000 - (1_764_037_440_000 % 1_440_000);

export interface SpanSketch {
  readonly trace: number;
  readonly id: number;
  readonly parent?: number | undefined;
  /** Default: `shop`. */
  readonly service?: string;
  /** Default: `GET /`. */
  readonly name?: string;
  /** Default: `server`. */
  readonly kind?: SpanKind;
  /** After {@link epochMs}. Default 0. */
  readonly startMs?: number;
  /** `undefined`: unfinished. Default 10. */
  readonly durationMs?: number | undefined;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
  readonly events?: Span['events'];
}

export function sketchSpan(sketch: SpanSketch): Span {
  const { trace, id, parent, service = 'shop', name = 'GET /', kind = 'server', startMs = 0 } = sketch;
  const durationMs = 'durationMs' in sketch ? sketch.durationMs : 10;
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(id),
    ...(parent !== undefined && { parentSpanId: spanIdOf(parent) }),
    name,
    kind,
    startTimeUnixNano: toNano(startMs),
    endTimeUnixNano: durationMs === undefined ? noEnd : toNano(startMs + durationMs),
    attributes: sketch.attributes ?? {},
    ...(sketch.events && { events: sketch.events }),
    ...(sketch.failed && { status: { code: 'error' as const, message: `${name} failed` } }),
    resource: { serviceName: service, attributes: { 'service.name': service, 'service.version': '1.2.3' } },
  };
}

/** A request through two services and a database. */
export function sketchOrder(
  trace: number,
  { startMs = trace * 1000, failed = false, attributes = {} as Attributes } = {},
): Span[] {
  return [
    sketchSpan({ trace, id: 1, service: 'gateway', name: 'GET /orders', startMs, durationMs: 50, attributes }),
    sketchSpan({
      trace,
      id: 2,
      parent: 1,
      service: 'gateway',
      name: 'GET',
      kind: 'client',
      startMs: startMs + 1,
      durationMs: 45,
    }),
    sketchSpan({
      trace,
      id: 3,
      parent: 2,
      service: 'orders',
      name: 'GET /orders',
      startMs: startMs + 2,
      durationMs: 40,
      failed,
    }),
    sketchSpan({
      trace,
      id: 4,
      parent: 3,
      service: 'orders',
      name: 'SELECT',
      kind: 'client',
      startMs: startMs + 3,
      durationMs: 30,
      attributes: {
        'db.system.name': 'postgresql',
        'db.query.text': `SELECT "Ünïcode" FROM orders WHERE id = ${trace}`,
      },
    }),
  ];
}

export function traceIdOf(trace: number): string {
  return trace.toString(16).padStart(32, '0');
}

export function spanIdOf(id: number): string {
  return id.toString(16).padStart(16, '0');
}

function toNano(afterEpochMs: number): string {
  const wholeMs = Math.floor(afterEpochMs);
  const rest = Math.round((afterEpochMs - wholeMs) * 1e6);
  return String(BigInt(epochMs + wholeMs) * 1_000_000n + BigInt(rest));
}
