/**
 * Reads facts from a request of Node or of a framework. Applications and middleware may replace any property of it: a value that
 * cannot be read, or has another type, gives the default, and nothing throws.
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

/** Node joins repeated headers. */
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

/** Over HTTP/2 a proxy object for the socket of the connection. */
export const socketOf: Reader<Socket | undefined> = reader(({ socket }) => socket, isSocket, undefined);

/** Whether Node treats the request as an upgrade. The header alone does not say so: Node answers it as any other request if no listener takes upgrades. */
export const isUpgrade: Reader<boolean> = reader(
  (raw) => (raw as { upgrade?: unknown }).upgrade, // undocumented, so its type is checked
  isTrue,
  false,
);

/**
 * Returns the host that the client sent its request to, in the form of a `Host` header. Over HTTP/2 it is `:authority`, which wins
 * over `Host` (RFC 9113, section 8.3.1). `undefined` if the request names none.
 */
export const authorityOf: (raw: IncomingMessage) => string | undefined = reader(
  ({ headers }) => headers[':authority'] ?? headers.host,
  isString,
  undefined,
);

/** Whether the connection to this process is encrypted. What proxies say about theirs does not count. */
export const isEncrypted: (raw: IncomingMessage) => boolean = reader(
  ({ socket }) => (socket as { encrypted?: unknown }).encrypted, // absent on a plain socket
  isTrue,
  false,
);

/** One function of an adapter. */
type Question<Adapter, Request> = (this: Adapter, request: Request) => unknown;

/** Calls a function of an adapter that returns a string. A throw is counted, and gives `undefined`. */
export function askAdapterForString<Adapter, Request>(
  adapter: Adapter,
  question: Question<Adapter, Request>,
  request: Request,
  diagnostics: Diagnostics,
): string | undefined {
  const answer = askAdapter(adapter, question, request, diagnostics);
  return isString(answer) ? answer : undefined;
}

/** Calls a function of an adapter that returns any value. A throw is counted, and gives `undefined`. */
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
