/**
 * Reads Zipkin's protobuf, a list of the same spans as in its JSON of version 2, and decodes them as that JSON.
 *
 * @see https://github.com/openzipkin/zipkin-api/blob/master/zipkin.proto
 */
import { isIPv6 } from 'node:net';
import { Reader } from 'protobufjs/minimal';
import type { JsonObject } from './json-fields.ts';
import { enter, fixed64Tag, leave, messageTag, readHex, skip, varintTag } from './protobuf-messages.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { uint64ToText } from './uint64-text.ts';
import { UnreadableBody } from './unreadable-body.ts';
import { decodeZipkinJson } from './zipkin-json.ts';

/** @throws {UnreadableBody} */
export function decodeZipkinProtobuf(body: Uint8Array, batch: SpanBatch): void {
  const reader = Reader.create(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  const spans: JsonObject[] = [];
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === messageTag(1)) {
        batch.countItem();
        spans.push(readSpan(reader, batch));
      } else skip(reader, tag);
    }
  } catch (error) {
    if (error instanceof UnreadableBody) throw error;
    const { message: reason } = error as Error; // the reader throws nothing else
    throw new UnreadableBody(`The body is not Zipkin's protobuf: at byte ${reader.pos} of ${body.length}: ${reason}`);
  }
  decodeZipkinJson(spans, batch);
}

const kinds: readonly (string | undefined)[] = [undefined, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

function readSpan(reader: Reader, batch: SpanBatch): JsonObject {
  const len = enter(reader);
  const span: Record<string, unknown> = { traceId: '', id: '' };
  const annotations: JsonObject[] = [];
  const tags = new Map<string, string>();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case messageTag(1):
        span.traceId = readHex(reader);
        break;
      case messageTag(2):
        span.parentId = readHex(reader);
        break;
      case messageTag(3):
        span.id = readHex(reader);
        break;
      case varintTag(4):
        span.kind = kinds[reader.int32()];
        break;
      case messageTag(5):
        span.name = reader.string();
        break;
      case fixed64Tag(6):
        span.timestamp = readFixed64(reader);
        break;
      case varintTag(7):
        span.duration = Number(reader.uint64().toString());
        break;
      case messageTag(8):
        span.localEndpoint = readEndpoint(reader);
        break;
      case messageTag(9):
        span.remoteEndpoint = readEndpoint(reader);
        break;
      case messageTag(10):
        batch.countItem();
        annotations.push(readAnnotation(reader));
        break;
      case messageTag(11):
        readTag(reader, tags, batch);
        break;
      case varintTag(12):
        span.debug = reader.bool();
        break;
      case varintTag(13):
        span.shared = reader.bool();
        break;
      default:
        skip(reader, tag);
    }
  }
  leave(reader, len);
  if (annotations.length > 0) span.annotations = annotations;
  if (tags.size > 0) span.tags = Object.fromEntries(tags);
  return span;
}

/** Reads one tag more than the limit: it shows that there are more, and the JSON's reader leaves it out. */
function readTag(reader: Reader, tags: Map<string, string>, batch: SpanBatch): void {
  if (tags.size > spanLimits.attributes) {
    batch.cuts.count('attributes');
    reader.skip(reader.size());
    return;
  }
  batch.countItem();
  const len = enter(reader);
  let key = '';
  let value = '';
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) key = reader.string();
    else if (tag === messageTag(2)) value = reader.string();
    else skip(reader, tag);
  }
  leave(reader, len);
  tags.set(key, value);
}

function readAnnotation(reader: Reader): JsonObject {
  const len = enter(reader);
  const annotation = { timestamp: 0, value: '' };
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === fixed64Tag(1)) annotation.timestamp = readFixed64(reader);
    else if (tag === messageTag(2)) annotation.value = reader.string();
    else skip(reader, tag);
  }
  leave(reader, len);
  return annotation;
}

interface Endpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

function readEndpoint(reader: Reader): JsonObject {
  const len = enter(reader);
  const endpoint: Draft<Endpoint> = {};
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) endpoint.serviceName = reader.string();
    else if (tag === messageTag(2)) {
      const bytes = reader.bytes();
      if (bytes.length === 4) endpoint.ipv4 = bytes.join('.');
    } else if (tag === messageTag(3)) {
      const address = readIpv6(reader.bytes());
      if (address !== undefined) endpoint.ipv6 = address;
    } else if (tag === varintTag(4)) endpoint.port = reader.int32();
    else skip(reader, tag);
  }
  leave(reader, len);
  return { ...endpoint };
}

/** Formats an address in its short form, as in JSON. A URL has that form. */
function readIpv6(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  const groups = (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
  const address = new URL(`http://[${groups}]`).hostname.slice(1, -1);
  return isIPv6(address) ? address : undefined;
}

/** Microseconds are a safe integer until the year 2255. */
function readFixed64(reader: Reader): number {
  const low = reader.fixed32();
  return Number(uint64ToText(low, reader.fixed32()));
}
