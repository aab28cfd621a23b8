/** The options of `tracing()` of every framework. */
import type { TracerOptions } from '../options.ts';
import type { ExistingTraceHeaders, TraceStateMember } from '../outbound-settings.ts';
import type { Tracer } from '../tracer.ts';
import type { PropagateTo } from '../urls/propagate-to.ts';
import type { SecretParameters } from '../urls/url-redaction.ts';
import type { CaptureHeaders } from './captured-headers.ts';
import type { Ignore } from './ignore.ts';
import type { ResponseHeader } from './response-headers.ts';
import type { Trust } from './trust.ts';

/**
 * Options of `tracing()`: those about HTTP, with a tracer or with the options that make one. Both a tracer and an option that
 * makes one is a mistake: such options do not compile, and throw `WAYMARK_INVALID_OPTION`.
 */
export type HttpTracingOptions<Request = unknown> = HttpOptions<Request> & (WithTracer | WithTracerOptions);

/** A tracer made before, with no option that makes one. */
export type WithTracer = { [Name in Exclude<keyof TracerOptions, 'env'>]?: undefined } & {
  /** Made by `createTracer()` or `getTracer()`. */
  tracer: Tracer;
  /** Where the options about HTTP read their variables. Default: `process.env`. */
  env?: TracerOptions['env'];
};

/** The options of `createTracer()`, which make a tracer. */
export interface WithTracerOptions extends TracerOptions {
  /** Left out: a tracer is made from these options. */
  tracer?: undefined;
}

/** The options of `tracing()` that are about HTTP, with whichever tracer. */
export interface HttpOptions<Request = unknown> {
  /**
   * Requests that get no span: a path, a pattern for paths, a function of the framework's request, or several. The caller's
   * context still passes through to what they call. Default: none.
   */
  ignore?: Ignore<Request> | undefined;
  /**
   * Whether outbound `fetch`, undici and `node:http` calls get spans and carry the context on. Default `true`.
   *
   * This one, `knownMethods`, `redactQuery`, `trust`, `allowBaggage`, `propagateTo`, `traceStateMember` and
   * `existingTraceHeaders` belong to the tracer: where a `tracing()` with the same tracer came before, its choice is the default.
   */
  outbound?: boolean | undefined;
  /**
   * Headers that tell the caller, browsers included, which trace its request was: `traceresponse`, `server-timing`, or both.
   * Default: neither, since whoever may read the response may read them.
   */
  responseHeaders?: readonly ResponseHeader[] | undefined;
  /**
   * While you develop: where a trace can be looked at, as `http://localhost:4318/trace/{traceId}`. Responses then have it in the
   * header `x-trace-url`. `WAYMARK_TRACE_URL`, which `npx waymark -- node server.js` sets; default none.
   */
  traceUrl?: string | undefined;
  /** Methods that appear under their own name; case-sensitive. `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`; default RFC 9110's, PATCH and QUERY. */
  knownMethods?: readonly string[] | undefined;
  /**
   * Query parameters whose values are recorded as `REDACTED`, inbound and outbound: an array replaces the default list,
   * `{ also: [...] }` adds to it. Default: signatures, tokens, passwords and the like; docs/security.md has the list.
   */
  redactQuery?: SecretParameters | undefined;
  /**
   * What callers' headers are taken for: `'continue'` goes on with their trace, decision and baggage; `'link'` starts a new
   * trace with a link to theirs; `'ids'` goes on with their trace and decides here whether to record; `'ignore'` takes nothing.
   * Or a function of the framework's request, or one of trustPeers(), trustMember() and trustHeader(). Default `'continue'`.
   */
  trust?: Trust<Request> | undefined;
  /**
   * Headers of requests and responses to record on server spans, as `http.request.header.<name>` and
   * `http.response.header.<name>`. Those that carry credentials are refused. Default: none.
   */
  captureHeaders?: CaptureHeaders | undefined;
  /**
   * Where the headers of outbound calls go: hosts, patterns, functions, alone or as `{ traceContext, baggage }`. Default:
   * trace headers everywhere but into signed requests, baggage to this machine and private networks. Calls that get no headers
   * have their spans all the same.
   */
  propagateTo?: PropagateTo | undefined;
  /**
   * What becomes of trace headers that the application, or another tracer in the process, has written into a call: `'keep'` leaves
   * them, and the next service's spans hang below the other tracer's; `'replace'` writes ours, and keeps the members of their
   * tracestate. Headers that a proxy forwards from its caller are replaced either way. Default `'keep'`.
   */
  existingTraceHeaders?: ExistingTraceHeaders | undefined;
  /** A member of `tracestate` that calls to hosts which get baggage carry, and no others: for {@link trustMember}. Default: none. */
  traceStateMember?: TraceStateMember | undefined;
  /** Baggage keys that are taken also from callers who are not trusted. Default: none. */
  allowBaggage?: readonly string[] | undefined;
}
