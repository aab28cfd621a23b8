/** What the error of a call says: that its caller gave it up, that time was up, or what it failed of. */
import type { RecordingSpan } from '../recording-span.ts';

/** OpenTelemetry's semantic conventions, `error.type`, have it as an example. */
const timeoutType = 'timeout';

// Of Node (connecting, name servers), undici, got and agentkeepalive; `ESOCKETTIMEDOUT` is that of older libraries.
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
 * Writes to a span what its call failed of, or that its caller gave it up, which is no error.
 *
 * @param isOutOfTime Whether time was up, if the error alone says that the caller has given the call up.
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

/** Writes to a span that its call ran out of time. The error that it was given up with says more, if there is one. */
export function describeTimeout(span: RecordingSpan, error: unknown): void {
  span.setAttribute('error.type', timeoutType);
  span.setStatus({ code: 'error', message: messageOf(error) });
}

/**
 * Whether an error says no more than that the caller gave the call up. `abort(reason)` takes anything: what is no object comes from there,
 * while an `Error` of the application's own cannot be told from a failure, and is taken for one. The reason of
 * `AbortSignal.timeout()`, which Node has as the cause of its AbortError, is a failure.
 */
function isCancel(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { name, code, cause } = error as Failure; // compared only
  const isAbort =
    name === 'AbortError' || code === 'ABORT_ERR' || code === 'UND_ERR_ABORTED' || code === 'ERR_CANCELED';
  return isAbort && !isTimeout(cause);
}

/** The value of `error.type` for a failure. */
function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER';
  const { code, name, cause } = error as Failure; // checked below
  if (isTimeout(error as Failure) || (isTimeout(cause) && name === 'AbortError')) return timeoutType;
  // Failures are told apart by their code; the class of most is a plain Error.
  const types = [code, name === 'Error' ? undefined : name, error.constructor?.name];
  return types.find((type): type is string => typeof type === 'string' && type !== '') ?? '_OTHER';
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, cause } = error as Failure; // checked below
  const said = isTimeout(cause) ? cause?.message : message;
  return typeof said === 'string' && said !== '' ? said : undefined;
}

function isTimeout(failure: Failure | null | undefined): boolean {
  if (typeof failure !== 'object' || failure === null) return false;
  return failure.name === 'TimeoutError' || timeoutCodes.includes(failure.code);
}
