/** Why a request did not get through: a word for the statistics, and for people what happened and where to look. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ProxySettings } from '../settings/proxy.ts';
import { type AnswerText, shorten, toLine } from './answer-text.ts';
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

/** The proxy did not make the connection. `status` is its answer; without one, it was not reached. */
export class ProxyError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Whose fault it is that there is no connection: to an address without TLS, TLS is the proxy's. */
export function blameProxy(error: Error, { proxy, url }: { proxy?: ProxySettings | undefined; url: string }): Error {
  if (proxy === undefined || url.startsWith('https:') || error instanceof ProxyError) return error;
  const code = codeOf(error);
  return noConnection.test(code) || tlsCode.test(code) ? new ProxyError(error.message, undefined, error) : error;
}

const noConnection = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT)$/;

/** What a failed attempt means. */
export interface FailureKind {
  readonly reason: 'timeout' | 'connection-failed' | 'proxy-failed' | 'tls-failed' | 'bad-response' | 'invalid-request';
  /** Absent if what follows would be the same next time. */
  readonly retry?: Retry;
}

export function kindOfFailure(error: Error): FailureKind {
  const code = codeOf(error);
  // The receiver has got nothing, so nothing can arrive twice.
  if (error instanceof ProxyError) return { reason: 'proxy-failed', retry: { why: 'nobody-there' } };
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

/** What is the matter with a proxy, and what to do. */
export function explainProxy(error: ProxyError, { shown, from }: ProxySettings): { what: string; remedy: string } {
  const said = describeError(error.cause instanceof Error ? error.cause : error);
  if (error.status === undefined) {
    return { what: `the proxy ${shown} cannot be reached: ${said}`, remedy: `check ${from}${orGoPast}` };
  }
  const what = `the proxy ${shown} did not connect to the receiver: ${said}`;
  if (error.status === 407)
    return { what, remedy: `give user and password in ${from}: http://user:password@host:port` };
  return { what, remedy: `ask who runs the proxy${orGoPast}` };
}

const orGoPast = ', or name the receiver in NO_PROXY to go past the proxy';

const hints: readonly (readonly [RegExp, (words: ReceiverWords) => string])[] = [
  [/^ECONNREFUSED$/, ({ address }) => `nobody listens there: start a collector, or set ${address} to where one is`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, () => 'the host name cannot be resolved'],
  [
    /^HPE_/,
    ({ usualPort }) => `the answer is no HTTP/1: is this a port for gRPC or for HTTPS? The usual port is ${usualPort}`,
  ],
  [
    /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    ({ address }) => `the receiver speaks no TLS: begin the address in ${address} with http://`,
  ],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED)$/,
    () => 'is this a port for HTTPS or gRPC, or is the receiver starting? tracer.healthCheck() looks closer',
  ],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, ({ certificate }) => `give the authority's certificate in ${certificate}`],
];

/** What a status other than 2xx says, with the receiver's own words if it sent any. */
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
    return `it redirects to ${to}, and redirects are not followed: set ${words.address} to where it is`;
  }
  return statusHints[status]?.(words);
}

/** Where a redirect leads, without user, password, query and fragment. */
export function showLocation(location: string | undefined): string {
  if (location === undefined) return 'nowhere';
  return shorten(toLine(location.replace(/[?#].*/s, '').replace(/\/\/[^/]*@/, '//'))) || 'nowhere';
}

// nginx, Go's net/http, Apache, Tomcat.
const plainToTls =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP to an SSL|combination of host and port requires TLS/i;

/** Whether a server of TLS says that it was spoken to without. */
export function isPlainToTls({ status, body }: ErrorAnswer): boolean {
  return status === 400 && plainToTls.test(body.toString('latin1', 0, Math.min(body.length, 4096)));
}

// Go's MaxBytesReader (the Collector), body-parser and Fastify, vendors, and gRPC behind an HTTP receiver (Tempo).
const saysTooLarge =
  /too (large|big|long)|(size|length|payload|body|message|request|batch)\b.{0,40}\b(exceed|larger than|bigger than|over the)|exceed\w*\b.{0,40}\b(size|length|bytes|payload|max)/i;
// Fewer spans do not change that.
const ofTheHead = /header|cookie|ur[il]\b/i;
const messageLargerThanMax = /message larger than max/;

/** Whether the receiver would take a smaller request. */
export function isTooLarge(status: number, text: string): boolean {
  return (
    status === 413 ||
    (status === 400 && saysTooLarge.test(text) && !ofTheHead.test(text)) ||
    messageLargerThanMax.test(text)
  );
}

const statusHints: Readonly<Record<number, (words: ReceiverWords) => string>> = {
  101: ({ usualPort }) => `it changes to another protocol; the usual port for traces is ${usualPort}`,
  401: ({ headers }) => `the receiver wants credentials: see ${headers}`,
  403: ({ headers }) => `the receiver refuses these credentials: see ${headers}`,
  404: noSuchPath,
  405: noSuchPath,
  407: () => 'a proxy wants credentials: give user and password in its URL, as in http://user:password@host:port',
  415: ({ format }) => `the receiver does not read this format: see ${format}`,
};

function noSuchPath({ usualPath }: ReceiverWords): string {
  return `nothing takes traces at this path: it is usually ${usualPath}`;
}

/** What an answer of 2xx is that does not look like a receiver's. */
export function explainStranger(
  status: number,
  { from, what }: { readonly from: string; readonly what: string },
  { usualPort, address }: ReceiverWords,
): string {
  const is = from === 'doubtful' ? 'may be' : 'is';
  return `HTTP ${status} with ${what}, which ${is} no answer of a receiver of traces (check the port in ${address}; it is usually ${usualPort})`;
}

export function describeError(error: Error): string {
  // A host with several addresses: each was tried, and the error around them has no text of its own.
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return [...new Set(errors.map(({ message }) => withoutDump(message)))].join('; ');
}

// `80CB…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/…/ssl3_record.c:354:`: of this only
// the reason helps, and an alert's number has its name in the reason.
const openSslDump = /(?:[0-9A-F]{8,}:)?error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)(?::[^:\n]*:\d+:[^\n]*)?\n?/g;

function withoutDump(message: string): string {
  return toLine(message.replace(openSslDump, '$1 '));
}

/** Empty if it has none. */
export function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }; // Node's errors have one
  return typeof code === 'string' ? code : '';
}
