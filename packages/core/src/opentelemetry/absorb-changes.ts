/**
 * Changes that a processor makes to a span's data in place. OpenTelemetry does not provide for this, and its SDK allows it: processors that
 * redact `span.attributes` in `onEnd` are common. Waymark's own exporters then send what the processor has left.
 */
import { isDeepStrictEqual } from 'node:util';
import { collectAttributes, putAttribute, removeAttribute } from '../attributes.ts';
import { toUnixMs } from '../clock.ts';
import type { OpenTelemetryReadableSpan } from '../open-telemetry-types.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SpanEvent, SpanLink, StatusCode } from '../span.ts';
import { toSpanContext } from '../span-context.ts';
import { toText } from '../to-text.ts';
import { toReadableView } from './readable-view.ts';

const statusNames: readonly StatusCode[] = ['unset', 'ok', 'error'];

/** Writes the changes of a view into its span, also after the span has ended. */
export function absorbChanges(view: OpenTelemetryReadableSpan, span: RecordingSpan): void {
  const before = toReadableView(span);
  if (view.name !== before.name) span.name = toText(view.name);
  if (!isDeepStrictEqual(view.status, before.status)) absorbStatus(view, span);
  absorbAttributes(view, before, span);
  if (!isDeepStrictEqual(view.events, before.events)) absorbEvents(view, span);
  if (!isDeepStrictEqual(view.links, before.links)) absorbLinks(view, span);
}

function absorbStatus({ status }: OpenTelemetryReadableSpan, span: RecordingSpan): void {
  span.statusCode = statusNames[status.code] ?? span.statusCode;
  span.statusMessage = span.statusCode === 'error' && typeof status.message === 'string' ? status.message : undefined;
}

function absorbAttributes(
  { attributes }: OpenTelemetryReadableSpan,
  before: OpenTelemetryReadableSpan,
  span: RecordingSpan,
): void {
  for (const key of Object.keys(before.attributes)) {
    if (!Object.hasOwn(attributes, key) || attributes[key] === undefined) removeAttribute(span.attributes, key);
  }
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === undefined || isDeepStrictEqual(value, before.attributes[key])) continue;
    putAttribute(span.attributes, key, value, span.tracer.settings.spanLimits, span.tracer.diagnostics);
  }
}

function absorbEvents({ events }: OpenTelemetryReadableSpan, span: RecordingSpan): void {
  const { eventAttributes } = span.tracer.settings;
  span.events = events.map(({ name, time, attributes, droppedAttributesCount = 0 }): SpanEvent => {
    const { list, dropped } = collectAttributes(attributes, eventAttributes, span.tracer.diagnostics);
    const timeMs = toUnixMs(time, span.clockOffsetMs) ?? span.startMs;
    return { name: toText(name), timeMs, attributes: list, droppedAttributesCount: droppedAttributesCount + dropped };
  });
}

function absorbLinks({ links }: OpenTelemetryReadableSpan, span: RecordingSpan): void {
  const { linkAttributes } = span.tracer.settings;
  span.links = links.flatMap((link): SpanLink[] => {
    const context = toSpanContext(link.context);
    if (context === undefined) return [];
    const { list, dropped } = collectAttributes(link.attributes, linkAttributes, span.tracer.diagnostics);
    return [{ context, attributes: list, droppedAttributesCount: (link.droppedAttributesCount ?? 0) + dropped }];
  });
}
