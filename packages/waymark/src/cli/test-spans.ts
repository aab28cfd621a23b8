/** Makes one span in each format, each in a separate trace, for `waymark doctor` to send. */
import { randomBytes } from 'node:crypto';
import { Writer } from 'protobufjs/minimal';

export interface TestSpan {
  readonly format: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly traceId: string;
}

const serviceName = 'waymark doctor';
const name = 'test span';

export function makeTestSpans(): TestSpan[] {
  return [otlpProtobuf(), otlpJson(), zipkinJson()];
}

function randomHex(byteCount: number): string {
  return randomBytes(byteCount).toString('hex');
}

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
function otlpProtobuf(): TestSpan {
  const traceId = randomHex(16);
  const nowMs = Date.now();
  const writer = Writer.create();
  const message = (field: number) => writer.uint32((field << 3) | 2);
  // Times are written as two 32-bit halves, since a double cannot hold all nanoseconds.
  const time = (field: number, ms: number) => {
    const nanoseconds = BigInt(ms) * 1_000_000n;
    writer.uint32((field << 3) | 1).fixed64(longOf(nanoseconds));
  };
  message(1).fork(); // resource_spans
  message(1).fork(); // resource
  message(1).fork(); // attributes
  message(1).string('service.name');
  message(2).fork();
  message(1).string(serviceName);
  writer.ldelim().ldelim().ldelim();
  message(2).fork(); // scope_spans
  message(2).fork(); // spans
  message(1).bytes(Buffer.from(traceId, 'hex'));
  message(2).bytes(randomBytes(8));
  message(5).string(name);
  writer.uint32(6 << 3).int32(1); // internal
  time(7, nowMs - 1);
  time(8, nowMs);
  writer.ldelim().ldelim().ldelim();
  const body = writer.finish();
  return { format: 'OTLP protobuf', path: '/v1/traces', contentType: 'application/x-protobuf', body, traceId };
}

function longOf(value: bigint): { low: number; high: number; unsigned: boolean } {
  return { low: Number(value & 0xffff_ffffn) | 0, high: Number(value >> 32n) | 0, unsigned: true };
}

function otlpJson(): TestSpan {
  const traceId = randomHex(16);
  const nowMs = Date.now();
  const span = {
    traceId,
    spanId: randomHex(8),
    name,
    kind: 1,
    startTimeUnixNano: `${nowMs - 1}000000`,
    endTimeUnixNano: `${nowMs}000000`,
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  return { format: 'OTLP JSON', path: '/v1/traces', contentType: 'application/json', body, traceId };
}

function zipkinJson(): TestSpan {
  const traceId = randomHex(16);
  const timestamp = (Date.now() - 1) * 1000;
  const span = { traceId, id: randomHex(8), name, timestamp, duration: 1000, localEndpoint: { serviceName } };
  const body = JSON.stringify([span]);
  return { format: 'Zipkin JSON', path: '/api/v2/spans', contentType: 'application/json', body, traceId };
}
