/** Reads the error of a call: it was cancelled, it timed out, or it failed. */
import type { RecordingSpan } from '../recording-span.ts';

/** An example of OpenTelemetry's semantic conventions for `error.type`. */
const timeoutType = 'timeout';

// Codes of Node (connecting, name servers), undici, got and agentkeepalive; `ESOCKETTIMEDOUT` comes from older libraries.
const timeoutCodes: readonly unknown[] = [
  'ETIMEDOUT',
  'ETIMEOUT',
  'ESOCKETTIMEDOUT',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_SOCKET_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: Failure | null;
  readonly message?: unknown;
}

/**
 * Writes the failure of a call to its span. A cancelled call gets an event, and no error.
 *
 * @param isOutOfTime Whether the call timed out. Called if the error alone looks like a cancel.
 */
export function describeFailure(span: RecordingSpan, error: unknown, isOutOfTime: () => boolean): void {
  const isGivenUp = isCancel(error);
  if (isGivenUp && !isOutOfTime()) {
    span.addEvent('cancelled');
    return;
  }
  span.setAttribute('error.type', isGivenUp ? timeoutType : errorTypeOf(error));
  span.setStatus({ code: 'error', message: messageOf(error) });
}

/** Writes the timeout of a call to its span, with the message of the error, if there is one. */
export function describeTimeout(span: RecordingSpan, error: unknown): void {
  span.setAttribute('error.type', timeoutType);
  span.setStatus({ code: 'error', message: messageOf(error) });
}

/**
 * Whether an error says only that the caller cancelled the call. `abort(reason)` takes any value: one that is not an object comes
 * from there. An `Error` of the application's cannot be distinguished from a failure, and counts as one. The reason of
 * `AbortSignal.timeout()`, which Node sets as the cause of its AbortError, is a failure too.
 */
function isCancel(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { name, code, cause } = error as Failure; // only compared
  const isAbort =
    name === 'AbortError' || code === 'ABORT_ERR' || code === 'UND_ERR_ABORTED' || code === 'ERR_CANCELED';
  return isAbort && !isTimeout(cause);
}

/** The value of `error.type` for a failure. */
function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER';
  const { code, name, cause } = error as Failure; // checked below
  if (isTimeout(error as Failure) || (isTimeout(cause) && name === 'AbortError')) return timeoutType;
  // The code distinguishes failures; most have the class Error.
  const types = [code, name === 'Error' ? undefined : name, error.constructor?.name];
  return types.find((type): type is string => typeof type === 'string' && type !== '') ?? '_OTHER';
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, cause } = error as Failure; // checked below
  const text = isTimeout(cause) ? cause?.message : message;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function isTimeout(failure: Failure | null | undefined): boolean {
  if (typeof failure !== 'object' || failure === null) return false;
  return failure.name === 'TimeoutError' || timeoutCodes.includes(failure.code);
}
