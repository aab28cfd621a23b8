/** Converts between OTLP's numbers and the model's names. */
import type { SpanKind, StatusCode } from './span.ts';

/** The specification's name for a resource without a name. */
export const unknownService = 'unknown_service';

const kinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statusCodes: readonly StatusCode[] = ['unset', 'ok', 'error'];

/** A number from a newer version of the protocol becomes `unspecified`. */
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

/** `SPAN_KIND_SERVER`, as in protobuf's own JSON; `undefined` for other strings. */
export function kindNamed(name: string): SpanKind | undefined {
  return kinds.find((kind) => name === `SPAN_KIND_${kind.toUpperCase()}`);
}

/** `STATUS_CODE_ERROR` */
export function statusCodeNamed(name: string): StatusCode | undefined {
  return statusCodes.find((code) => name === `STATUS_CODE_${code.toUpperCase()}`);
}
