/** Why a request did not get through: a word for the statistics, and for people what happened and where to look. */
import type { Retry } from './delivery.ts';

/** What the settings of an exporter are called, and where its receiver usually is: for what people are told to do. */
export interface ReceiverWords {
  /** Such as `4318`. */
  readonly usualPort: number;
  /** Such as `/v1/traces`. */
  readonly usualPath: string;
  /** The setting that each of these is in: variables, or options where there is no variable. */
  readonly address: string;
  readonly headers: string;
  readonly certificate: string;
  readonly format: string;
}

/** No answer came in time. */
export class TimeoutError extends Error {}

/** What a failed attempt means. */
export interface FailureKind {
  readonly reason: 'timeout' | 'connection-failed' | 'tls-failed' | 'bad-response' | 'invalid-request';
  /** Absent if what follows would be the same next time. */
  readonly retry?: Retry;
}

export function kindOfFailure(error: Error): FailureKind {
  const code = codeOf(error);
  if (error instanceof TimeoutError) return { reason: 'timeout', retry: { why: 'timeout' } };
  // No connection, as OTLP has it: certificates run out, and are renewed. Nothing was sent, so nothing can arrive twice.
  if (tlsCode.test(code)) return { reason: 'tls-failed', retry: { why: 'nobody-there' } };
  // These say what the receiver is, not how it is.
  if (code.startsWith('HPE_')) return { reason: 'bad-response' };
  if (code.startsWith('ERR_')) return { reason: 'invalid-request' };
  const isNobodyThere = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
  return { reason: 'connection-failed', retry: { why: isNobodyThere ? 'nobody-there' : 'cut' } };
}

// OpenSSL's errors by way of Node, and the results of X.509 verification as Node names them.
const tlsCode =
  /^(EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|HOSTNAME_)/;

/** The error in its own words, and a remedy where one is known. */
export function explainFailure(error: Error, words: ReceiverWords): string {
  const code = codeOf(error);
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1](words);
  const message = describeError(error);
  return hint === undefined ? message : `${message} (${hint})`;
}

const hints: readonly (readonly [RegExp, (words: ReceiverWords) => string])[] = [
  [/^ECONNREFUSED$/, ({ address }) => `nobody listens there: start a collector, or set ${address} to where one is`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, () => 'the host name cannot be resolved'],
  [
    /^HPE_/,
    ({ usualPort }) => `the answer is no HTTP/1: is this a port for gRPC or for HTTPS? The usual port is ${usualPort}`,
  ],
  [
    /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    () => 'the receiver speaks no TLS: use http://',
  ],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, ({ certificate }) => `give the authority's certificate in ${certificate}`],
];

/** What a status other than 2xx says, with the receiver's own words if it sent any. */
export function explainStatus(status: number, message: string | undefined, words: ReceiverWords): string {
  const hint =
    statusHints[status]?.(words) ?? (status >= 300 && status < 400 ? 'redirects are not followed' : undefined);
  return [`HTTP ${status}`, message && `: ${message.slice(0, maxMessageLength)}`, hint && ` (${hint})`]
    .filter(Boolean)
    .join('');
}

// The rest of a page of HTML helps nobody.
const maxMessageLength = 300;

const statusHints: Readonly<Record<number, (words: ReceiverWords) => string>> = {
  101: ({ usualPort }) => `it changes to another protocol; the usual port for traces is ${usualPort}`,
  401: ({ headers }) => `the receiver wants credentials: see ${headers}`,
  403: ({ headers }) => `the receiver refuses these credentials: see ${headers}`,
  404: noSuchPath,
  405: noSuchPath,
  413: () => 'the request is too big for the receiver: lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  415: ({ format }) => `the receiver does not read this format: see ${format}`,
};

function noSuchPath({ usualPath }: ReceiverWords): string {
  return `nothing takes traces at this path: it is usually ${usualPath}`;
}

export function describeError(error: Error): string {
  // A host with several addresses: each was tried, and the error around them has no text of its own.
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return [...new Set(errors.map(({ message }) => message))].join('; ');
}

/** Empty if it has none. */
export function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }; // Node's errors have one
  return typeof code === 'string' ? code : '';
}
