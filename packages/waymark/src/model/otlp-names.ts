/** OTLP's numbers and the model's names for the same. */
import type { SpanKind, StatusCode } from './span.ts';

/** The specification's name for a resource that does not say. */
export const unknownService = 'unknown_service';

const kinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statusCodes: readonly StatusCode[] = ['unset', 'ok', 'error'];

/** A number from a newer version of the protocol is unspecified. */
export function kindAt(number: number): SpanKind {
  return kinds[number] ?? 'unspecified';
}

export function statusCodeAt(number: number): StatusCode {
  return statusCodes[number] ?? 'unset';
}

export function numberOfKind(kind: SpanKind): number {
  return kinds.indexOf(kind);
}

export function numberOfStatusCode(code: StatusCode): number {
  return statusCodes.indexOf(code);
}

/** `SPAN_KIND_SERVER`, as protobuf's own JSON has it; undefined for other texts. */
export function kindNamed(name: string): SpanKind | undefined {
  return kinds.find((kind) => name === `SPAN_KIND_${kind.toUpperCase()}`);
}

/** `STATUS_CODE_ERROR` */
export function statusCodeNamed(name: string): StatusCode | undefined {
  return statusCodes.find((code) => name === `STATUS_CODE_${code.toUpperCase()}`);
}
