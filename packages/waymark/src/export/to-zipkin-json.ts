/**
 * Converts spans to Zipkin's JSON, version 2. Spans that were received in Zipkin's format are returned as they were
 * sent. Spans that were received by OTLP are translated as the specification defines it for exporters.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/
 */
import { isIP } from 'node:net';
import { toTagText } from '../model/plain-value.ts';
import type { Attributes, Span, SpanKind, Value } from '../model/span.ts';
import { isUnfinished } from '../model/span-duration.ts';
import { toAnnotation } from '../model/zipkin-annotation.ts';
import {
  debugKey,
  localEndpointKey,
  remoteEndpointKey,
  sharedKey,
  timestampMissingKey,
} from '../model/zipkin-attributes.ts';

export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly timestamp?: number;
  readonly duration?: number;
  readonly debug?: true;
  readonly shared?: true;
  readonly localEndpoint?: ZipkinEndpoint;
  readonly remoteEndpoint?: ZipkinEndpoint;
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ZipkinEndpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

const kinds: Readonly<Record<SpanKind, string | undefined>> = {
  unspecified: undefined,
  internal: undefined,
  client: 'CLIENT',
  server: 'SERVER',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
};

export function toZipkinJson(span: Span): ZipkinSpan {
  const { traceId, spanId, parentSpanId, name, kind, attributes, events, resource } = span;
  const isFromZipkin = Object.hasOwn(resource.attributes, localEndpointKey);
  const startUs = toMicroseconds(span.startTimeUnixNano);
  // As in OpenTelemetry's exporters, the end is rounded like the start. To Zipkin, a duration of 0 is none.
  const durationUs = toMicroseconds(span.endTimeUnixNano) - startUs;
  const zipkinKind = kinds[kind];
  const localEndpoint = isFromZipkin
    ? endpointOf(resource.attributes['service.name'], mapAt(resource.attributes, localEndpointKey))
    : { serviceName: resource.serviceName };
  const remoteEndpoint = isFromZipkin ? remoteFromZipkin(attributes) : remoteFromOtlp(kind, attributes);
  const tags = isFromZipkin ? tagsFromZipkin(attributes) : tagsFromOtlp(span);
  const hasTimestamp = attributes[timestampMissingKey] !== true;
  return {
    // Zipkin's own server removes 16 leading zeros, too.
    traceId: traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId,
    id: spanId,
    ...(parentSpanId !== undefined && { parentId: parentSpanId }),
    ...(zipkinKind !== undefined && { kind: zipkinKind }),
    ...(name !== '' && { name }),
    ...(hasTimestamp && { timestamp: startUs }),
    // To Zipkin, too, a span without a duration has not ended.
    ...(!isUnfinished(span) && { duration: Math.max(durationUs, isFromZipkin ? 0 : 1) }),
    ...(attributes[debugKey] === true && { debug: true }),
    ...(attributes[sharedKey] === true && { shared: true }),
    ...(Object.keys(localEndpoint).length > 0 && { localEndpoint }),
    ...(remoteEndpoint !== undefined && Object.keys(remoteEndpoint).length > 0 && { remoteEndpoint }),
    ...(events !== undefined && {
      annotations: events.map((event) => ({
        timestamp: toMicroseconds(event.timeUnixNano),
        value: toAnnotation(event),
      })),
    }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
}

/** Rounds to the nearest microsecond. */
function toMicroseconds(nano: string): number {
  return Number(nano.slice(0, -3)) + Math.round(Number(nano.slice(-3)) / 1000);
}

function remoteFromZipkin(attributes: Attributes): ZipkinEndpoint {
  const rest = mapAt(attributes, remoteEndpointKey);
  // A name next to the address means that `peer.service` is a tag; see ingest/zipkin-json.ts.
  return endpointOf(rest.serviceName ?? attributes['peer.service'], rest);
}

function endpointOf(name: Value | undefined, { ipv4, ipv6, port }: Attributes): ZipkinEndpoint {
  return {
    ...(typeof name === 'string' && name !== '' && { serviceName: name }),
    ...(typeof ipv4 === 'string' && { ipv4 }),
    ...(typeof ipv6 === 'string' && { ipv6 }),
    ...(typeof port === 'number' && { port }),
  };
}

function mapAt(attributes: Attributes, key: string): Attributes {
  const value = attributes[key];
  return typeof value === 'object' && value !== null && 'kvlistValue' in value ? value.kvlistValue : {};
}

function tagsFromZipkin(attributes: Attributes): Record<string, string> {
  const isTag = mapAt(attributes, remoteEndpointKey).serviceName !== undefined;
  // All tags are strings. Attributes of other types come from ingest/zipkin-json.ts.
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && (entry[0] !== 'peer.service' || isTag),
    ),
  );
}

// In the specification's order of precedence.
const peers: readonly (readonly [name: string, port: string])[] = [
  ['peer.service', 'server.port'],
  ['server.address', 'server.port'],
  ['net.peer.name', 'net.peer.port'],
  ['network.peer.address', 'network.peer.port'],
];

function remoteFromOtlp(kind: SpanKind, attributes: Attributes): ZipkinEndpoint | undefined {
  if (kind !== 'client' && kind !== 'producer') return undefined;
  for (const [nameKey, portKey] of peers) {
    const name = attributes[nameKey];
    if (typeof name !== 'string' || name === '') continue;
    const version = isIP(name);
    const port = attributes[portKey];
    return {
      ...(version === 0 ? { serviceName: name } : version === 4 ? { ipv4: name } : { ipv6: name }),
      ...(typeof port === 'number' && port > 0 && { port }),
    };
  }
  return undefined;
}

function tagsFromOtlp({ attributes, resource, scope, status, traceState }: Span): Record<string, string> {
  const tags = new Map<string, string>();
  for (const [key, value] of Object.entries(resource.attributes)) {
    if (key !== 'service.name') tags.set(key, toTagText(value));
  }
  for (const [key, value] of Object.entries(attributes)) tags.set(key, toTagText(value));
  if (scope !== undefined && scope.name !== '') tags.set('otel.scope.name', scope.name);
  if (scope?.version !== undefined) tags.set('otel.scope.version', scope.version);
  if (traceState !== undefined) tags.set('w3c.tracestate', traceState);
  if (status !== undefined && status.code !== 'unset') tags.set('otel.status_code', status.code.toUpperCase());
  if (status?.code === 'error') tags.set('error', status.message ?? '');
  return Object.fromEntries(tags);
}
