/** Why a request did not get through: a word for the statistics, and for people what happened and where to look. */

/** No answer came in time. */
export class TimeoutError extends Error {}

/** What a failed attempt means. */
export interface FailureKind {
  readonly reason: 'timeout' | 'connection-failed' | 'tls-failed' | 'bad-response' | 'invalid-request';
  readonly mayRetry: boolean;
}

export function kindOfFailure(error: Error): FailureKind {
  const code = codeOf(error);
  if (error instanceof TimeoutError) return { reason: 'timeout', mayRetry: false };
  // What follows would be the same next time: these say what the receiver is, not how it is.
  if (tlsCode.test(code)) return { reason: 'tls-failed', mayRetry: false };
  if (code.startsWith('HPE_')) return { reason: 'bad-response', mayRetry: false };
  if (code.startsWith('ERR_')) return { reason: 'invalid-request', mayRetry: false };
  return { reason: 'connection-failed', mayRetry: true };
}

// OpenSSL's errors by way of Node, and the results of X.509 verification as Node names them.
const tlsCode =
  /^(EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|HOSTNAME_)/;

/** Whether there is nothing at the address that could answer. */
export function isNobodyThere(error: Error | undefined): boolean {
  return error !== undefined && (codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOTFOUND');
}

/** The error in its own words, and a remedy where one is known. */
export function explainFailure(error: Error): string {
  const code = codeOf(error);
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1];
  const message = describe(error);
  return hint === undefined ? message : `${message} (${hint})`;
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nobody listens there: start a collector, or set OTEL_EXPORTER_OTLP_ENDPOINT to where one is'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host name cannot be resolved'],
  [/^HPE_/, 'the answer is no HTTP/1: is this a port for gRPC or for HTTPS? OTLP over HTTP is usually at 4318'],
  [/^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/, 'the receiver speaks no TLS: use http://'],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, "give the authority's certificate in OTEL_EXPORTER_OTLP_CERTIFICATE"],
];

/** What a status other than 2xx says, with the receiver's own words if it sent any. */
export function explainStatus(status: number, message: string | undefined): string {
  const hint = statusHints[status] ?? (status >= 300 && status < 400 ? 'redirects are not followed' : undefined);
  return [`HTTP ${status}`, message && `: ${message.slice(0, maxMessageLength)}`, hint && ` (${hint})`]
    .filter(Boolean)
    .join('');
}

// The rest of a page of HTML helps nobody.
const maxMessageLength = 300;

const statusHints: Readonly<Record<number, string>> = {
  401: 'the receiver wants credentials: see OTEL_EXPORTER_OTLP_HEADERS',
  403: 'the receiver refuses these credentials: see OTEL_EXPORTER_OTLP_HEADERS',
  404: 'nothing takes traces at this path: it is usually /v1/traces',
  405: 'nothing takes traces at this path: it is usually /v1/traces',
  413: 'the request is too big for the receiver: lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  415: 'the receiver does not read this format: see OTEL_EXPORTER_OTLP_PROTOCOL',
};

function describe(error: Error): string {
  // A host with several addresses: each was tried, and the error around them has no text of its own.
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return [...new Set(errors.map(({ message }) => message))].join('; ');
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }; // Node's errors have one
  return typeof code === 'string' ? code : '';
}
