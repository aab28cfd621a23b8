/**
 * Converts spans to OTLP's JSON. It equals what was received, down to the last nanosecond.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import { numberOfKind, numberOfStatusCode } from '../model/otlp-names.ts';
import {
  type Attributes,
  isList,
  type Resource,
  type Scope,
  type Span,
  type SpanEvent,
  type SpanLink,
  type Value,
} from '../model/span.ts';

/** OTLP's `TracesData`. Fields that are 0 or empty are left out, as in all of protobuf's JSON. */
export interface OtlpJson {
  readonly resourceSpans: readonly object[];
}

export function toOtlpJson(spans: readonly Span[]): OtlpJson {
  const byResource = new Map<string, { resource: Resource; scopes: Map<string, { scope?: Scope; spans: object[] }> }>();
  const keys = new Map<object, string>();
  // Spans of several batches have different resource objects with equal content.
  const keyOf = (value: object | undefined): string => {
    if (value === undefined) return '';
    let key = keys.get(value);
    if (key === undefined) {
      key = JSON.stringify(value);
      keys.set(value, key);
    }
    return key;
  };
  for (const span of spans) {
    const resourceKey = keyOf(span.resource);
    let group = byResource.get(resourceKey);
    if (group === undefined) {
      group = { resource: span.resource, scopes: new Map() };
      byResource.set(resourceKey, group);
    }
    const scopeKey = keyOf(span.scope);
    let scopeGroup = group.scopes.get(scopeKey);
    if (scopeGroup === undefined) {
      scopeGroup = { ...(span.scope !== undefined && { scope: span.scope }), spans: [] };
      group.scopes.set(scopeKey, scopeGroup);
    }
    scopeGroup.spans.push(spanJson(span));
  }
  return {
    resourceSpans: [...byResource.values()].map(({ resource, scopes }) => ({
      resource: {
        attributes: attributesJson(resource.attributes),
        ...(resource.droppedAttributesCount !== undefined && {
          droppedAttributesCount: resource.droppedAttributesCount,
        }),
      },
      scopeSpans: [...scopes.values()].map(({ scope, spans }) => ({
        ...(scope !== undefined && { scope: scopeJson(scope) }),
        spans,
        ...(scope?.schemaUrl !== undefined && { schemaUrl: scope.schemaUrl }),
      })),
      ...(resource.schemaUrl !== undefined && { schemaUrl: resource.schemaUrl }),
    })),
  };
}

function scopeJson({ name, version, attributes, droppedAttributesCount }: Scope): object {
  return {
    name,
    ...(version !== undefined && { version }),
    ...(attributes !== undefined && { attributes: attributesJson(attributes) }),
    ...(droppedAttributesCount !== undefined && { droppedAttributesCount }),
  };
}

function spanJson(span: Span): object {
  const { resource: _, scope: __, kind, attributes, events, links, status, ...same } = span;
  return {
    ...same,
    kind: numberOfKind(kind),
    attributes: attributesJson(attributes),
    ...(events !== undefined && { events: events.map(eventOrLinkJson) }),
    ...(links !== undefined && { links: links.map(eventOrLinkJson) }),
    ...(status !== undefined && {
      status: {
        code: numberOfStatusCode(status.code),
        ...(status.message !== undefined && { message: status.message }),
      },
    }),
  };
}

function eventOrLinkJson({ attributes, ...same }: SpanEvent | SpanLink): object {
  return { ...same, ...(attributes !== undefined && { attributes: attributesJson(attributes) }) };
}

function attributesJson(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: Value): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      if (value === null) return {};
      if (isList(value)) return { arrayValue: { values: value.map(valueJson) } };
      if ('kvlistValue' in value) return { kvlistValue: { values: attributesJson(value.kvlistValue) } };
      return value;
  }
}
