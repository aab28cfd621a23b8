/** Traces the requests of sessions of `node:http2`, and with them HTTP/2 by got and by the AWS SDK. */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { currentContext } from '../active-context.ts';
import { countFault } from '../count-fault.ts';
import { type InternalTracer, knownTracer } from '../internal-tracer.ts';
import { isNotedAsTraced } from '../traced-subjects.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { beginClientSpan } from './begin-client-span.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { type ClientSpan, clientSpanOf, isRedirect, type TracedRequest, takeClientSpan } from './client-span.ts';

/** Names and values, with symbols of Node's. */
type Headers = Record<string | symbol, unknown>;

/** A request that is about to be sent. Its headers are a copy of the application's. */
interface Http2Request extends TracedRequest {
  readonly session: ClientHttp2Session;
  readonly headers: Headers;
}

export type Request = (this: ClientHttp2Session, headers?: unknown, ...rest: unknown[]) => ClientHttp2Stream;

/** @param isOn Whether calls are traced now. */
export function tracedRequest(original: Request, isOn: () => boolean): Request {
  return function request(headers, ...rest) {
    const begun = isOn() ? begin(this, headers) : undefined;
    if (begun === undefined) return original.call(this, headers, ...rest);
    let stream: ClientHttp2Stream;
    try {
      stream = original.call(this, begun.headers, ...rest);
    } catch (error) {
      takeClientSpan(begun)?.endFailed(error);
      throw error;
    }
    watch(stream, begun);
    return stream;
  };
}

function begin(session: ClientHttp2Session, given: unknown): Http2Request | undefined {
  try {
    const headers = copyHeaders(given);
    if (headers === undefined || isOfUndici(session) || isOfGrpc(headers)) return undefined;
    const request: Http2Request = { session, headers };
    beginClientSpan(request, http2Adapter, currentContext());
    return request;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** The headers as an object. Node 24 also takes a list of names and values, which may name one twice. */
function copyHeaders(given: unknown): Headers | undefined {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object') return undefined; // Node refuses it
  if (!Array.isArray(given)) return { ...given };
  const headers: Headers = {};
  for (let index = 0; index + 1 < given.length; index += 2) {
    const name = String(given[index]).toLowerCase();
    const before = headers[name];
    const value: unknown = given[index + 1];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  for (const key of Object.getOwnPropertySymbols(given)) headers[key] = (given as unknown as Headers)[key];
  return headers;
}

const ofUndici = new WeakMap<ClientHttp2Session, boolean>();

/** undici's HTTP/2 has its spans by its own channels. It keeps its client at the session. */
function isOfUndici(session: ClientHttp2Session): boolean {
  let isUndicis = ofUndici.get(session);
  if (isUndicis === undefined) {
    isUndicis = symbolNamed(session, 'open streams') !== undefined || symbolNamed(session, 'client') !== undefined;
    ofUndici.set(session, isUndicis);
  }
  return isUndicis;
}

function symbolNamed(owner: object, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(owner).find(({ description }) => description === name);
}

/** A call of gRPC has its span above, unless the tracer has turned that off. */
function isOfGrpc(headers: Headers): boolean {
  const type = fieldOf(headers, 'content-type');
  if (typeof type !== 'string' || !type.startsWith('application/grpc') || !isNotedAsTraced('grpc')) return false;
  if (!String(fieldOf(headers, 'user-agent')).includes('grpc-node-js/')) return false;
  const active = currentContext()?.span;
  const tracer: InternalTracer | undefined = knownTracer(isWaymarkSpan(active) ? active : undefined);
  return tracer?.settings.libraries.grpc !== undefined;
}

/** @param name In lower case. */
function keyOf(headers: Headers, name: string): string | undefined {
  if (Object.hasOwn(headers, name)) return name;
  return Object.keys(headers).find((key) => key.length === name.length && key.toLowerCase() === name);
}

function fieldOf(headers: Headers, name: string): unknown {
  const key = keyOf(headers, name);
  return key === undefined ? undefined : headers[key];
}

const http2Adapter: ClientAdapter<Http2Request> = {
  subject: 'node:http',
  method: ({ headers }) => String(fieldOf(headers, ':method') ?? 'GET'),
  url: urlOf,
  isSealed: () => false,
  hasHeader: ({ headers }, name) => fieldOf(headers, name) !== undefined,
  getter: {
    get({ headers }, name) {
      const value = fieldOf(headers, name);
      if (value === undefined || value === null) return undefined;
      return Array.isArray(value) ? value.map(String) : String(value);
    },
    keys: ({ headers }) => Object.keys(headers),
  },
  setter: {
    set({ headers }, name, value) {
      if (fieldOf(headers, name) === undefined) headers[name] = value;
    },
  },
  removeHeader({ headers }, name) {
    const key = keyOf(headers, name);
    if (key !== undefined) delete headers[key];
  },
};

function urlOf({ session, headers }: Http2Request): string {
  const authority = fieldOf(headers, ':authority') ?? fieldOf(headers, 'host') ?? ownOf(session, 'authority');
  const protocol = String(ownOf(session, 'protocol') ?? (session.encrypted ? 'https:' : 'http:'));
  const scheme = fieldOf(headers, ':scheme') ?? protocol.replace(/:$/, '');
  const isTunnel = fieldOf(headers, ':method') === 'CONNECT' && fieldOf(headers, ':protocol') === undefined;
  return `${scheme}://${authority ?? 'localhost'}${isTunnel ? '' : (fieldOf(headers, ':path') ?? '/')}`;
}

/** What Node keeps of the URL that the session was made for. */
function ownOf(session: ClientHttp2Session, name: string): unknown {
  const key = symbolNamed(session, name);
  return key === undefined ? undefined : (session as unknown as Headers)[key];
}

function watch(stream: ClientHttp2Stream, request: Http2Request): void {
  try {
    if (clientSpanOf(request) === undefined) return;
    // Neither changes how the stream behaves. A listener for 'error' would.
    stream.once('response', (headers) => contained(() => endAnswered(request, headers)));
    stream.once('close', () => contained(() => endClosed(request, stream)));
  } catch (error) {
    countFault(error);
  }
}

function contained(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    countFault(error);
  }
}

function endAnswered(request: Http2Request, headers: IncomingHttpHeaders & { ':status'?: unknown }): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  const statusCode = Number(headers[':status']);
  describeConnection(clientSpan, request);
  clientSpan.endAnswered(statusCode, isRedirect(statusCode) ? headers.location : undefined);
}

/** For a stream without a response. */
function endClosed(request: Http2Request, stream: ClientHttp2Stream): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  describeConnection(clientSpan, request);
  const { errored, rstCode } = stream;
  // A stream that has no connection is cancelled because of the error of the connection.
  if (errored) clientSpan.endFailed(errored.cause ?? errored);
  else if (stream.destroyed && rstCode !== undefined && rstCode !== noError && rstCode !== cancel) {
    clientSpan.endFailed(new Error(`The stream was closed with code ${rstCode}.`));
  } else clientSpan.endCancelled();
}

// RFC 9113, section 7
const noError = 0;
const cancel = 8;

function describeConnection(clientSpan: ClientSpan, { session }: Http2Request): void {
  clientSpan.setProtocolVersion('2');
  if (session.destroyed) return; // its socket is gone
  const { remoteAddress, remotePort } = session.socket;
  clientSpan.setPeer({ remoteAddress, remotePort });
}
