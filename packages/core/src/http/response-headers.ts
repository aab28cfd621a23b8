/** Adds response headers that name the trace of the request: for browsers, and for bug reports. */
import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import { invalidOption } from '../errors.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import { serializeTraceparent } from '../propagation/traceparent.ts';
import type { Span } from '../span.ts';
import type { SpanContext } from '../span-context.ts';
import { isWaymarkSpan } from '../waymark-span.ts';

/**
 * - `traceresponse`: an earlier draft of W3C Trace Context level 3, `00-{trace id}-{server span id}-{flags}`.
 * - `server-timing`: the present one, a metric `trace;desc="00-…"`, which `PerformanceResourceTiming` shows to pages.
 */
export type ResponseHeader = 'traceresponse' | 'server-timing';

/** Adds the headers of a span to the response of its request. */
export type AddResponseHeaders = (response: ServerResponse, span: Span | undefined, tracer: InternalTracer) => void;

const headerNames: readonly ResponseHeader[] = ['traceresponse', 'server-timing'];

/** For development: a browser's network panel shows it as a link. */
const urlHeader = 'x-trace-url';

/**
 * @param urlOf The address of a trace, for `x-trace-url`. Absent: the header is not sent.
 * @returns `undefined` if there is nothing to send.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for anything but a list of the two.
 */
export function compileResponseHeaders(
  names: readonly ResponseHeader[] = [],
  urlOf?: (traceId: string) => string,
): AddResponseHeaders | undefined {
  if (!Array.isArray(names) || !names.every((name) => headerNames.includes(name))) {
    throw invalidOption(
      'responseHeaders',
      names,
      `a list of ${headerNames.join(', ')}`,
      'Leave it out to send neither.',
    );
  }
  if (names.length === 0 && urlOf === undefined) return undefined;
  return (response, span, tracer) =>
    addOnSending(response, span, tracer, (context) => headersFor(context, names, urlOf));
}

type OwnHeader = readonly [name: ResponseHeader | typeof urlHeader, value: string];

function headersFor(
  context: SpanContext,
  names: readonly ResponseHeader[],
  urlOf: ((traceId: string) => string) | undefined,
): readonly OwnHeader[] {
  const traceparent = names.length > 0 ? serializeTraceparent(context) : '';
  const own = names.map(
    (name): OwnHeader => [name, name === 'server-timing' ? `trace;desc="${traceparent}"` : traceparent],
  );
  // A trace that is not recorded has no page.
  return urlOf === undefined || !context.isSampled ? own : [...own, [urlHeader, urlOf(context.traceId)]];
}

/**
 * Adds the headers when the response's headers are sent. Earlier, headers that the application sets would replace them, and
 * Server-Timing is one header that several parts of an application share. All ways to send headers call `writeHead`.
 */
function addOnSending(
  response: ServerResponse,
  span: Span | undefined,
  tracer: InternalTracer,
  headersOfTrace: (context: SpanContext) => readonly OwnHeader[],
): void {
  // An ignored request has no span in this server.
  if (!isWaymarkSpan(span) || (span.mode !== undefined && span.mode !== 'unsampled')) return;
  const { writeHead } = response;
  response.writeHead = function writeHeadWithTrace(this: ServerResponse, ...args: unknown[]): ServerResponse {
    try {
      if (!this.headersSent) addHeaders(this, args, headersOfTrace(span.spanContext()));
    } catch (error) {
      tracer.diagnostics.count('instrumentation-failed', error);
    }
    return Reflect.apply(writeHead, this, args);
  };
}

function addHeaders(response: ServerResponse, writeHeadArgs: unknown[], own: readonly OwnHeader[]): void {
  if (own.length === 0) return;
  const headers = headersOf(response, writeHeadArgs);
  for (const [name, value] of own) {
    const before = headers.get(name);
    if (name === 'server-timing') headers.set(name, [...before, value]);
    else if (before.length === 0) headers.set(name, [value]); // keeps what the application has set
  }
  // Pages of another origin see only the headers that are listed here. Whether they may read the response at all is up to the
  // application's CORS headers.
  const exposed = headers.get('access-control-expose-headers');
  const isListed = (name: string): boolean =>
    exposed
      .join(',')
      .toLowerCase()
      .split(/[\s,]+/)
      .includes(name);
  const missing = own.map(([name]) => name).filter((name) => !isListed(name));
  if (missing.length > 0) headers.set('access-control-expose-headers', [...exposed, ...missing]);
}

/** The headers of a response that is about to be sent. Names in lower case; a list goes out as one header. */
interface PendingHeaders {
  get(name: string): readonly string[];
  set(name: string, values: readonly string[]): void;
}

/**
 * Headers passed to `writeHead` win over those set before. Some versions of Node refuse some of their forms once a header was set
 * before. So headers are added where the application has put its own.
 */
function headersOf(response: ServerResponse, writeHeadArgs: unknown[]): PendingHeaders {
  const index = writeHeadArgs.length - 1;
  const given = writeHeadArgs[index];
  const getSet = (name: string): readonly string[] => textsOf(response.getHeader(name));
  if (index === 0 || typeof given !== 'object' || given === null) {
    return { get: getSet, set: (name, values) => response.setHeader(name, values.join(', ')) };
  }

  const isNested = Array.isArray(given) && Array.isArray(given[0]);
  let entries = (isNested ? given : Array.isArray(given) ? pairsOf(given) : Object.entries(given)) as Entry[]; // Node's forms
  return {
    get(name) {
      const values = entries.filter(([key]) => isNamed(key, name)).flatMap(([, value]) => textsOf(value));
      return values.length > 0 ? values : getSet(name);
    },
    set(name, values) {
      entries = [...entries.filter(([key]) => !isNamed(key, name)), [name, values.join(', ')]];
      writeHeadArgs[index] = isNested ? entries : Array.isArray(given) ? entries.flat(1) : Object.fromEntries(entries);
    },
  };
}

type Entry = [name: string, value: OutgoingHttpHeader];

function pairsOf(list: readonly unknown[]): unknown[][] {
  return Array.from({ length: Math.ceil(list.length / 2) }, (_, index) => list.slice(index * 2, index * 2 + 2));
}

function isNamed(key: unknown, name: string): boolean {
  return String(key).toLowerCase() === name;
}

function textsOf(value: OutgoingHttpHeader | undefined): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((text) => text !== undefined && text !== '').map(String);
}
