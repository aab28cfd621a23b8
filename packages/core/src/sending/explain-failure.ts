/** Explains why a request failed: a word for the statistics, and a message with a remedy for people. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ProxySettings } from '../settings/proxy.ts';
import { type AnswerText, shorten, toLine } from './answer-text.ts';
import type { Retry } from './delivery.ts';

/** The names of an exporter's settings, and the usual address of its receiver: remedies name them. */
export interface ReceiverWords {
  /** Such as `4318`. */
  readonly usualPort: number;
  /** Such as `/v1/traces`. */
  readonly usualPath: string;
  /** The setting of each: a variable, or an option where there is no variable. */
  readonly address: string;
  readonly headers: string;
  readonly certificate: string;
  readonly format: string;
}

/** No answer came in time. */
export class TimeoutError extends Error {}

/** The proxy did not make the connection. `status` is the proxy's answer; `undefined` if the proxy was not reached. */
export class ProxyError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Turns an error into a `ProxyError` if the proxy caused it: for an address without TLS, an error of TLS is the proxy's. */
export function blameProxy(error: Error, { proxy, url }: { proxy?: ProxySettings | undefined; url: string }): Error {
  if (proxy === undefined || url.startsWith('https:') || error instanceof ProxyError) return error;
  const code = codeOf(error);
  return noConnection.test(code) || tlsCode.test(code) ? new ProxyError(error.message, undefined, error) : error;
}

const noConnection = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT)$/;

/** What follows from a failed attempt. */
export interface FailureKind {
  readonly reason: 'timeout' | 'connection-failed' | 'proxy-failed' | 'tls-failed' | 'bad-response' | 'invalid-request';
  /** Absent if the next attempt would fail in the same way. */
  readonly retry?: Retry;
}

export function kindOfFailure(error: Error): FailureKind {
  const code = codeOf(error);
  // The receiver got nothing, so nothing can arrive twice.
  if (error instanceof ProxyError) return { reason: 'proxy-failed', retry: { why: 'unreachable' } };
  if (error instanceof TimeoutError) return { reason: 'timeout', retry: { why: 'timeout' } };
  // OTLP counts this as no connection: certificates expire and are renewed. Nothing was sent, so nothing can arrive twice.
  if (tlsCode.test(code)) return { reason: 'tls-failed', retry: { why: 'unreachable' } };
  // These depend on the kind of server at the address, and not on its state.
  if (code.startsWith('HPE_')) return { reason: 'bad-response' };
  if (code.startsWith('ERR_')) return { reason: 'invalid-request' };
  const isNobodyThere = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
  return { reason: 'connection-failed', retry: { why: isNobodyThere ? 'unreachable' : 'cut' } };
}

// OpenSSL's errors as Node reports them, and Node's names for the results of X.509 verification.
const tlsCode =
  /^(EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|HOSTNAME_)/;

/** The error's own message, with a remedy if one is known. */
export function explainFailure(error: Error, words: ReceiverWords, proxy?: ProxySettings | undefined): string {
  if (proxy !== undefined && error instanceof ProxyError) {
    const { what, remedy } = explainProxy(error, proxy);
    return `${what} (${remedy})`;
  }
  const code = codeOf(error);
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1](words);
  const message = describeError(error);
  return hint === undefined ? message : `${message} (${hint})`;
}

/** What is wrong with a proxy, and what to do. */
export function explainProxy(error: ProxyError, { shown, from }: ProxySettings): { what: string; remedy: string } {
  const said = describeError(error.cause instanceof Error ? error.cause : error);
  if (error.status === undefined) {
    return { what: `the proxy ${shown} cannot be reached: ${said}`, remedy: `check ${from}${orGoPast}` };
  }
  const what = `the proxy ${shown} did not connect to the receiver: ${said}`;
  if (error.status === 407)
    return { what, remedy: `give user and password in ${from}: http://user:password@host:port` };
  return { what, remedy: `ask the administrator of the proxy${orGoPast}` };
}

const orGoPast = ', or name the receiver in NO_PROXY to go past the proxy';

const hints: readonly (readonly [RegExp, (words: ReceiverWords) => string])[] = [
  [
    /^ECONNREFUSED$/,
    ({ address }) => `nothing listens there: start a collector, or set ${address} to the address of one`,
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, () => 'the host name cannot be resolved'],
  [
    /^HPE_/,
    ({ usualPort }) => `the answer is not HTTP/1: is this a port for gRPC or HTTPS? The usual port is ${usualPort}`,
  ],
  [
    /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    ({ address }) => `the receiver does not use TLS: begin the address in ${address} with http://`,
  ],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED)$/,
    () => 'is this a port for HTTPS or gRPC, or is the receiver starting? tracer.healthCheck() looks closer',
  ],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, ({ certificate }) => `give the authority's certificate in ${certificate}`],
];

/** What a status other than 2xx means, with the receiver's own message if it sent one. */
export function explainStatus(answer: ErrorAnswer, text: string | undefined, words: ReceiverWords): string {
  const hint = hintOf(answer, text ?? '', words);
  const said = text === undefined ? '' : `: ${shorten(text)}`;
  return `HTTP ${answer.status}${said}${hint === undefined ? '' : ` (${hint})`}`;
}

export interface ErrorAnswer extends AnswerText {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

function hintOf(answer: ErrorAnswer, text: string, words: ReceiverWords): string | undefined {
  const { status, headers } = answer;
  if (isPlainToTls(answer)) return `the port expects TLS: begin the address in ${words.address} with https://`;
  if (isTooLarge(status, text)) {
    return 'the request is too big for the receiver: raise its limit, or lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE';
  }
  if (status >= 300 && status < 400) {
    const to = showLocation(headers.location);
    return `it redirects to ${to}, and redirects are not followed: set ${words.address} to the final address`;
  }
  return statusHints[status]?.(words);
}

/** The target of a redirect, without user, password, query and fragment. */
export function showLocation(location: string | undefined): string {
  if (location === undefined) return 'nowhere';
  return shorten(toLine(location.replace(/[?#].*/s, '').replace(/\/\/[^/]*@/, '//'))) || 'nowhere';
}

// nginx, Go's net/http, Apache, Tomcat.
const plainToTls =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP to an SSL|combination of host and port requires TLS/i;

/** Whether a TLS server reports a request without TLS. */
export function isPlainToTls({ status, body }: ErrorAnswer): boolean {
  return status === 400 && plainToTls.test(body.toString('latin1', 0, Math.min(body.length, 4096)));
}

// Go's MaxBytesReader (the Collector), body-parser and Fastify, vendors, and gRPC behind an HTTP receiver (Tempo).
const saysTooLarge =
  /too (large|big|long)|(size|length|payload|body|message|request|batch)\b.{0,40}\b(exceed|larger than|bigger than|over the)|exceed\w*\b.{0,40}\b(size|length|bytes|payload|max)/i;
// A batch with fewer spans does not help here.
const ofTheHead = /header|cookie|ur[il]\b/i;
const messageLargerThanMax = /message larger than max/;

/** Whether the receiver would accept a smaller request. */
export function isTooLarge(status: number, text: string): boolean {
  return (
    status === 413 ||
    (status === 400 && saysTooLarge.test(text) && !ofTheHead.test(text)) ||
    messageLargerThanMax.test(text)
  );
}

const statusHints: Readonly<Record<number, (words: ReceiverWords) => string>> = {
  101: ({ usualPort }) => `it switches to another protocol; the usual port for traces is ${usualPort}`,
  401: ({ headers }) => `the receiver requires credentials: see ${headers}`,
  403: ({ headers }) => `the receiver refuses these credentials: see ${headers}`,
  404: noSuchPath,
  405: noSuchPath,
  407: () => 'a proxy requires credentials: give user and password in its URL, as in http://user:password@host:port',
  415: ({ format }) => `the receiver does not read this format: see ${format}`,
};

function noSuchPath({ usualPath }: ReceiverWords): string {
  return `nothing accepts traces at this path: it is usually ${usualPath}`;
}

/** Describes an answer of 2xx that is not from a receiver of traces. */
export function explainOtherServer(
  status: number,
  { from, what }: { readonly from: string; readonly what: string },
  { usualPort, address }: ReceiverWords,
): string {
  const is = from === 'doubtful' ? 'may not be' : 'is not';
  return `HTTP ${status} with ${what}, which ${is} an answer of a receiver of traces (check the port in ${address}; it is usually ${usualPort})`;
}

export function describeError(error: Error): string {
  // A host with several addresses: each was tried, and the error around them has no message.
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return [...new Set(errors.map(({ message }) => withoutDump(message)))].join('; ');
}

// `80CB…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/…/ssl3_record.c:354:`: only the
// reason helps, and the reason of an alert includes its name.
const openSslDump = /(?:[0-9A-F]{8,}:)?error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)(?::[^:\n]*:\d+:[^\n]*)?\n?/g;

function withoutDump(message: string): string {
  return toLine(message.replace(openSslDump, '$1 '));
}

/** Empty without a code. */
export function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }; // Node's errors have one
  return typeof code === 'string' ? code : '';
}
