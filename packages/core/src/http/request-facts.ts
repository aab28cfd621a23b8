/**
 * What is read of a request, of Node's or a framework's. Applications and middleware replace properties of both by whatever
 * they like: what cannot be read, or is of another kind, is left out, and nothing else fails of it.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Diagnostics } from '../diagnostics.ts';

export const methodOf: Reader<string> = reader(({ method }) => method, isString, '');

/** The request target as Node has it. */
export const urlOf: Reader<string> = reader(({ url }) => url, isString, '/');

export const headersOf: Reader<IncomingHttpHeaders> = reader(({ headers }) => headers, isHeaders, {});

export const userAgentOf: Reader<string | undefined> = reader(
  ({ headers }) => headers['user-agent'],
  isString,
  undefined,
);

/** Node joins repeated ones. */
export const baggageHeaderOf: Reader<string | undefined> = reader(
  ({ headers }) => headers.baggage,
  isString,
  undefined,
);

/** The conventions have `2` for what Node calls `2.0`. */
export const httpVersionOf: Reader<string> = reader(
  ({ httpVersion, httpVersionMajor }) => (httpVersionMajor > 1 ? String(httpVersionMajor) : httpVersion),
  isString,
  '1.1',
);

/** Over HTTP/2 a stand-in for the connection's. */
export const socketOf: Reader<Socket | undefined> = reader(({ socket }) => socket, isSocket, undefined);

/** Whether Node takes it for an upgrade: the header alone is sent by any client, and answered as any other request. */
export const isUpgrade: Reader<boolean> = reader(
  (raw) => (raw as { upgrade?: unknown }).upgrade, // undocumented, so looked at
  isTrue,
  false,
);

/**
 * Where the client sent its request, in the form of a `Host` header. Over HTTP/2 `:authority` says so, and counts more than a
 * `Host` beside it (RFC 9113, section 8.3.1).
 */
export const authorityOf: (raw: IncomingMessage) => string | undefined = reader(
  ({ headers }) => headers[':authority'] ?? headers.host,
  isString,
  undefined,
);

/** Whether the connection to this process is encrypted, whatever proxies say of theirs. */
export const isEncrypted: (raw: IncomingMessage) => boolean = reader(
  ({ socket }) => (socket as { encrypted?: unknown }).encrypted, // absent on a plain socket
  isTrue,
  false,
);

/** One of the questions that an adapter answers. */
type Question<Adapter, Request> = (this: Adapter, request: Request) => unknown;

/** Asks an adapter for a string. If it throws, that is counted and the answer is `undefined`. */
export function askAdapterForString<Adapter, Request>(
  adapter: Adapter,
  question: Question<Adapter, Request>,
  request: Request,
  diagnostics: Diagnostics,
): string | undefined {
  const answer = askAdapter(adapter, question, request, diagnostics);
  return isString(answer) ? answer : undefined;
}

/** The same for a value of any kind. */
export function askAdapter<Adapter, Request>(
  adapter: Adapter,
  question: Question<Adapter, Request>,
  request: Request,
  diagnostics: Diagnostics,
): unknown {
  try {
    return question.call(adapter, request);
  } catch (error) {
    diagnostics.count('instrumentation-failed', error);
    return undefined;
  }
}

type Reader<Fact> = (raw: IncomingMessage) => Fact;

function reader<Fact, Otherwise>(
  read: (raw: IncomingMessage) => unknown,
  isFact: (value: unknown) => value is Fact,
  otherwise: Otherwise,
): Reader<Fact | Otherwise> {
  return (raw) => {
    try {
      const value = read(raw);
      return isFact(value) ? value : otherwise;
    } catch {
      return otherwise;
    }
  };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isTrue(value: unknown): value is true {
  return value === true;
}

function isHeaders(value: unknown): value is IncomingHttpHeaders {
  return typeof value === 'object' && value !== null;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null;
}
