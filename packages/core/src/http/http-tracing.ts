/**
 * Starts a server span for each request, by the options of one `tracing()`, and applies trust to the request's headers.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { currentContext } from '../active-context.ts';
import { Context } from '../context.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { type InternalTracer, knownTracer } from '../internal-tracer.ts';
import { checkEnvironment } from '../late-environment.ts';
import { lookAtRequest, traceLibrariesOf } from '../libraries/instrument.ts';
import { type OpeningRequests, setOpeningRequests } from '../opening-requests.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { processState } from '../process-state.ts';
import type { Getter } from '../propagation/propagator.ts';
import { readSettings } from '../settings/read-settings.ts';
import { noteTraced } from '../traced-subjects.ts';
import type { Tracer } from '../tracer.ts';
import { ignoredSpan } from '../untraced.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import type { HttpTracingOptions } from './http-options.ts';
import type { IsIgnored } from './ignore.ts';
import { describeNested } from './nested-tracing.ts';
import { nodeAdapter } from './node-adapter.ts';
import { noteCaller } from './note-caller.ts';
import { baggageHeaderOf, headersOf } from './request-facts.ts';
import { pathOf } from './request-target.ts';
import { type HttpSettings, resolveHttpSettings } from './resolve-http-settings.ts';
import type { ServerAdapter } from './server-adapter.ts';
import { ServerSpan } from './server-span.ts';
import { serverSpanKey } from './server-span-key.ts';
import { keepTickShape } from './tick-shape.ts';
import { applyTrust, askPolicy } from './trust.ts';
import { openingRequestsBy } from './upgrade-request.ts';
import { type TracedMessage, type TracedResponse, watchEvents } from './watch-events.ts';

/** Made by {@link createHttpTracing}; shared by all requests of one `tracing()`. */
export interface HttpTracing<Request> {
  /** Counts and reports faults of an adapter. */
  readonly diagnostics: Diagnostics;
  /**
   * Starts the server span of a request, and ends it with the response.
   *
   * A request keeps the span that it has already: `tracing()` was registered twice, or one app runs within another. Route and
   * error then come from the adapter that was called last.
   *
   * @param request The framework's request, which the functions of the adapter get.
   * @param raw Node's request. It may be the same object.
   * @param response Node's response.
   * @returns The context to run the rest of the request in; its span is always there. Never throws: if anything fails, the span
   *   of the context does nothing.
   */
  begin(request: Request, raw: IncomingMessage, response: ServerResponse, adapter: ServerAdapter<Request>): Context;
}

/**
 * Makes the tracing of one registration, for an adapter: `tracing()` of Express and Fastify, {@link traceHandler}, or yours.
 *
 * @param options Those of `tracing()`, or a tracer. Leave out to have all settings from `OTEL_*` variables and defaults.
 * @throws {WaymarkError} If an option has a wrong value, or is unknown.
 * @example
 * const adapter: ServerAdapter<KoaContext> = {
 *   target: ({ originalUrl }) => originalUrl,
 *   scheme: ({ protocol }) => protocol,
 *   host: ({ host }) => host,
 *   clientAddress: ({ ip }) => ip,
 *   route: ({ _matchedRoute }) => _matchedRoute, // of @koa/router
 *   error: (context) => errors.get(context),
 * };
 * const http = createHttpTracing<KoaContext>({ serviceName: 'orders' });
 * app.use((context, next) => withContext(http.begin(context, context.req, context.res, adapter), next));
 */
export function createHttpTracing<Request>(options: HttpTracingOptions<Request> | Tracer = {}): HttpTracing<Request> {
  const settings = readSettings('tracing(options)', () => resolveHttpSettings(options));
  const { tracer } = settings;
  tracer.tracesOutbound = settings.tracesOutbound;
  tracer.outbound = settings.outbound;
  if (settings.tracesOutbound) instrumentOutbound();
  traceLibrariesOf(tracer);
  noteTraced('server');
  keepTickShape();
  const tracing = tracingBy(settings, options);
  tracings.set(tracer, tracing as HttpTracing<unknown>); // asked with Node's requests only
  setOpeningRequests(openings);
  return tracing;
}

/** The last one of each tracer. */
const tracings = new WeakMap<InternalTracer, HttpTracing<unknown>>();

/** Requests that no framework gets, such as those that open a WebSocket. Options that are functions get Node's request. */
const openings: OpeningRequests = openingRequestsBy((raw, response) => {
  const tracer = knownTracer(undefined);
  return tracer && tracings.get(tracer)?.begin(raw, raw, response, nodeAdapter as ServerAdapter<unknown>); // it gets the raw request
});

function tracingBy<Request>(
  settings: HttpSettings<Request>,
  options: HttpTracingOptions<Request> | Tracer,
): HttpTracing<Request> {
  const { tracer } = settings;
  let isNestingKnown = false;
  let isFirst = true;
  let isLooking = true;

  return {
    diagnostics: tracer.diagnostics,
    begin(request, raw, response, adapter) {
      try {
        const begun = (raw as TracedMessage)[serverSpanKey] as ServerSpan<unknown> | undefined; // our own key
        if (begun !== undefined) {
          if (!isNestingKnown && begun.settings !== settings) {
            isNestingKnown = true;
            const message = describeNested(options, tracer, begun.tracer);
            if (message !== undefined) tracer.diagnostics.note('warn', message);
          }
          return begun.goOnWith(request, adapter as ServerAdapter<unknown>); // it gets requests of its framework only
        }
        if (isFirst) {
          isFirst = false;
          checkEnvironment(tracer);
        }
        if (isLooking) isLooking = lookAtRequest();
        const left = contextOfTheirs();
        if (left !== undefined) return left;
        return beginServerSpan(request, raw, response, adapter, settings);
      } catch (error) {
        tracer.diagnostics.count('instrumentation-failed', error);
        return new Context(ignoredSpan(undefined, tracer), undefined, currentContext()?.values);
      }
    },
  };
}

/**
 * Returns the context of a request that {@link HttpTracing.begin} has seen: for frameworks that lose it on the way, as at body
 * parsers. `undefined` for other requests.
 */
export function contextOf(raw: IncomingMessage): Context | undefined {
  return (raw as TracedMessage)[serverSpanKey]?.context; // our own key
}

/**
 * The context of a request that is left to OpenTelemetry's instrumentation of HTTP, which has started its span before the framework
 * ran; `undefined` if it has not.
 */
function contextOfTheirs(): Context | undefined {
  const { openTelemetry, storage } = processState;
  if (openTelemetry?.leavesToTheirs('server') !== true) return undefined;
  const context = storage.getStore();
  const active = context?.span;
  const isUnsampled = isWaymarkSpan(active) && active.mode !== undefined && active.mode === 'unsampled';
  return isUnsampled || openTelemetry.serverSpanIn(context) !== undefined ? context : undefined;
}

const headersGetter: Getter<IncomingHttpHeaders> = { get: (headers, name) => headers[name], keys: Object.keys };

function beginServerSpan<Request>(
  request: Request,
  raw: TracedMessage,
  response: TracedResponse,
  adapter: ServerAdapter<Request>,
  settings: HttpSettings<Request>,
): Context {
  const { tracer, isIgnored, trust } = settings;
  const caller = tracer.extract(headersOf(raw), headersGetter);
  const serverSpan = new ServerSpan(request, raw, response, adapter, settings);
  let parent = isWaymarkSpan(caller.span) ? caller.span : undefined;
  let { baggage } = caller;
  if (trust !== undefined && (parent !== undefined || baggage !== undefined)) {
    const policy = askPolicy(trust, request, serverSpan.callerOf(parent), tracer.diagnostics);
    ({ parent, baggage, links: serverSpan.links } = applyTrust(caller, policy, settings.allowedBaggage));
  }

  const { openTelemetry } = processState;
  if (openTelemetry !== undefined) parent = openTelemetry.serverSpanIn(processState.storage.getStore()) ?? parent;

  // Comes before the span: if this throws, a span would never end.
  watchEvents(serverSpan as ServerSpan<never>, raw, response); // its request is never read through this type
  let span: WaymarkSpan;
  if (!tracer.isEnabled || (isIgnored && asksToIgnore(isIgnored, request, pathOf(serverSpan.target()), tracer))) {
    span = ignoredSpan(parent, tracer);
  } else {
    span =
      tracer.hooks === undefined
        ? tracer.beginSpan(serverSpan.spanMethod, 'server', parent, serverSpan)
        : tracer.beginSpanIn(
            new Context(parent, baggage, caller.values),
            serverSpan.spanMethod,
            'server',
            parent,
            serverSpan,
          );
  }

  noteCaller(span, caller.span, baggageHeaderOf(raw));
  const context = new Context(span, baggage, caller.values);
  serverSpan.context = context;
  if (span.mode === undefined) serverSpan.start(span);
  try {
    settings.addResponseHeaders?.(response, span, tracer);
  } catch (error) {
    tracer.diagnostics.count('instrumentation-failed', error);
  }
  return context;
}

function asksToIgnore<Request>(
  isIgnored: IsIgnored<Request>,
  request: Request,
  path: string,
  tracer: InternalTracer,
): boolean {
  try {
    return isIgnored(request, path);
  } catch (error) {
    tracer.diagnostics.count('hook-failed', error);
    return false;
  }
}
