// Waymark with the bridge, as its documentation sets it up.
import { getTracer, startSpan, withSpan } from '@waymark/core';
import { type BridgeOptions, bridgeOpenTelemetry } from '@waymark/core/opentelemetry';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import type { PrintedSpan } from '../printed-span.ts';
import type { SetUp } from './set-up.ts';

type Api = typeof import('@opentelemetry/api');

export function setUpWaymark(
  api: Api,
  { libraries, prefer }: { libraries: boolean } & Pick<BridgeOptions, 'prefer'>,
): SetUp {
  const exporter = inMemoryExporter();
  const tracer = getTracer({ exporter, libraries, logLevel: 'none', flushOnExit: false, env: {} });
  bridgeOpenTelemetry(api, { prefer });
  return {
    inRequest: (name, fn) => withSpan(name, { kind: 'server', parent: null }, fn),
    mark: (name) => startSpan(name).end(),
    middleware: () => tracing() as never, // Express's own type
    running: () => {
      const { started, ended } = tracer.stats();
      return started - ended;
    },
    take: () => {
      const spans = exporter.spans.map(printSpan);
      exporter.reset();
      return spans;
    },
  };
}

export function printSpan(span: SpanData): PrintedSpan {
  const { name, kind, traceId, spanId, parentSpanId, status, scope, attributes, events, links, startMs, endMs } = span;
  return {
    name,
    kind,
    traceId,
    spanId,
    parentSpanId,
    status: { code: status.code, message: status.message },
    attributes,
    events: events.map((event) => ({ name: event.name, attributes: event.attributes })),
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    scope: { name: scope.name, version: scope.version },
    startMs,
    endMs,
  };
}
