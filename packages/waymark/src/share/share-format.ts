/** The format of a trace in a shared file: spans, with equal resources and scopes stored once. The page in that file reads it. */
import type { Resource, Scope, Span } from '../model/span.ts';
import type { RemovedValues } from './redact-trace.ts';

export interface PackedTrace {
  readonly version: 1;
  readonly traceId: string;
  /** Unix milliseconds. */
  readonly sharedMs: number;
  /** What was removed: kinds, places and counts. */
  readonly removed: readonly RemovedValues[];
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  readonly spans: readonly PackedSpan[];
}

type PackedSpan = Omit<Span, 'traceId' | 'resource' | 'scope'> & {
  readonly resource: number;
  readonly scope?: number;
};

export function packTrace(
  spans: readonly Span[],
  { sharedMs, removed }: Pick<PackedTrace, 'sharedMs' | 'removed'>,
): PackedTrace {
  const resources = new Map<string, { index: number; value: Resource }>();
  const scopes = new Map<string, { index: number; value: Scope }>();
  return {
    version: 1,
    traceId: spans[0]?.traceId ?? '',
    sharedMs,
    removed,
    // Must come before resources and scopes, since it fills them.
    spans: spans.map(({ traceId: _, resource, scope, ...span }) => ({
      ...span,
      resource: numberOf(resources, resource),
      ...(scope === undefined ? {} : { scope: numberOf(scopes, scope) }),
    })),
    resources: [...resources.values()].map(({ value }) => value),
    scopes: [...scopes.values()].map(({ value }) => value),
  };
}

/** Throws if a version with another format has written the file. */
export function unpackTrace({ version, traceId, resources, scopes, spans }: PackedTrace): Span[] {
  if (version !== 1) throw new Error(`This file has format ${version}, and its page reads format 1 only.`);
  return spans.map(({ resource, scope, ...span }) => ({
    ...span,
    traceId,
    resource: resources[resource] ?? { serviceName: 'unknown_service', attributes: {} },
    ...(scope === undefined ? {} : { scope: scopes[scope] as Scope }), // packTrace numbered it
  }));
}

const numbers = new WeakMap<object, WeakMap<object, number>>();

/** Most spans share one object. Objects of several batches are compared as JSON. */
function numberOf<T extends object>(known: Map<string, { index: number; value: T }>, value: T): number {
  let byObject = numbers.get(known);
  if (byObject === undefined) {
    byObject = new WeakMap();
    numbers.set(known, byObject);
  }
  const seen = byObject.get(value);
  if (seen !== undefined) return seen;
  const text = JSON.stringify(value);
  const entry = known.get(text) ?? { index: known.size, value };
  known.set(text, entry);
  byObject.set(value, entry.index);
  return entry.index;
}
