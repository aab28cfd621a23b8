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
   * context still passes on to the services that they call. Default: none.
   */
  ignore?: Ignore<Request> | undefined;
  /**
   * Whether outbound calls by `fetch`, undici and `node:http` get spans and carry the context. Default `true`.
   *
   * `outbound`, `knownMethods`, `redactQuery`, `trust`, `allowBaggage`, `propagateTo`, `traceStateMember` and
   * `existingTraceHeaders` belong to the tracer: a later `tracing()` with the same tracer keeps what an earlier one set.
   */
  outbound?: boolean | undefined;
  /**
   * Response headers that name the trace of the request: `traceresponse`, `server-timing`, or both. Browsers can read them.
   * Default: neither, since every reader of the response can read them.
   */
  responseHeaders?: readonly ResponseHeader[] | undefined;
  /**
   * For development: the address of a trace in the viewer, as `http://localhost:4318/trace/{traceId}`. Responses then have the
   * header `x-trace-url`. `WAYMARK_TRACE_URL`, which `npx waymark -- node server.js` sets. Default: none.
   */
  traceUrl?: string | undefined;
  /**
   * Methods that are recorded by name; others are recorded as `_OTHER`. Case-sensitive.
   * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`. Default: those of RFC 9110, PATCH and QUERY.
   */
  knownMethods?: readonly string[] | undefined;
  /**
   * Query parameters whose values are recorded as `REDACTED`, inbound and outbound: an array replaces the default list,
   * `{ also: [...] }` adds to it. Default: signatures, tokens, passwords and the like; docs/security.md has the list.
   */
  redactQuery?: SecretParameters | undefined;
  /**
   * What to take over from callers' headers. `'continue'`: their trace, sampling decision and baggage. `'link'`: a new trace with
   * a link to theirs. `'ids'`: their trace, with the sampling decided here. `'ignore'`: nothing. Or a function of the framework's
   * request, or one of trustPeers(), trustMember() and trustHeader(). Default `'continue'`.
   */
  trust?: Trust<Request> | undefined;
  /**
   * Headers of requests and responses to record on server spans, as `http.request.header.<name>` and
   * `http.response.header.<name>`. Those that carry credentials are refused. Default: none.
   */
  captureHeaders?: CaptureHeaders | undefined;
  /**
   * The hosts to which outbound calls carry headers: hosts, patterns, functions, alone or as `{ traceContext, baggage }`. Default:
   * trace headers to all hosts, baggage to this machine and private networks, and neither into signed requests. Calls without
   * headers still get spans.
   */
  propagateTo?: PropagateTo | undefined;
  /**
   * What to do with trace headers that the application, or another tracer in the process, has written into a call. `'keep'` leaves
   * them, so that the next service's spans are children of the other tracer's. `'replace'` writes ours, and keeps the members of
   * their tracestate. Headers that a proxy forwards from its caller are always replaced. Default `'keep'`.
   */
  existingTraceHeaders?: ExistingTraceHeaders | undefined;
  /** A member of `tracestate` for calls to the hosts that get baggage, and no others. See {@link trustMember}. Default: none. */
  traceStateMember?: TraceStateMember | undefined;
  /** Baggage keys that are taken from untrusted callers too. Default: none. */
  allowBaggage?: readonly string[] | undefined;
}
