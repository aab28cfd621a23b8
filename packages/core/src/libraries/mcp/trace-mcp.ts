/**
 * The spans of the Model Context Protocol, by its SDK for TypeScript: version 1, and the packages of version 2. Both sides of a connection
 * are built on one class, `Protocol`, which sends and receives all requests.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/
 */
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { wrapOnRequest } from './incoming-requests.ts';
import { wrapRequest } from './outgoing.ts';

/**
 * Traces the Model Context Protocol by its SDK: `@modelcontextprotocol/sdk` 1, `@modelcontextprotocol/client` and `/server` 2. `tracing()` does so by
 * itself; this function is for bundles, and for ES modules that load before the tracer is set up.
 *
 * A request has a client span where it is sent, such as `tools/call get-weather`, and a server span where it is handled, in one trace: the
 * context travels in `params._meta`. That holds for requests of clients, and for those of servers (sampling, elicitation), over any
 * transport. A tool that answers with an error is a failure on both sides.
 *
 * Not traced: notifications, and a request that no handler takes. Not recorded: arguments and results, unless the option `contents` is on.
 *
 * @param mcp `Client`, `Server` or `Protocol` of the SDK, exports with one of these, or an instance, also of `McpServer`.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import { Client } from '@modelcontextprotocol/sdk/client/index.js';
 * traceMcp(Client);
 */
export function traceMcp<Given extends object>(mcp: Given): Given {
  return traceGiven('mcp', wrapMcp, mcp, 'traceMcp(Client)', "a class, an instance or the exports of MCP's SDK");
}

interface ProtocolMethods {
  request: (...args: never[]) => unknown;
  _onrequest: (...args: never[]) => unknown;
  /** Of version 2: the requests of handlers do not go through `request()`. */
  _requestWithSchemaViaCodec?: (...args: never[]) => unknown;
}

/** @returns `undefined` if it is not the SDK. */
export function wrapMcp(given: unknown): ReturnType<Trace> {
  const protocol = findProtocol(given);
  if (protocol === undefined) return undefined;
  const outcomes =
    typeof protocol._requestWithSchemaViaCodec === 'function'
      ? [wrapOnce(protocol, '_requestWithSchemaViaCodec', (original) => wrapRequest(original, 1, 3))]
      : [wrapOnce(protocol, 'request', (original) => wrapRequest(original, 0, 2))];
  outcomes.push(wrapOnce(protocol, '_onrequest', wrapOnRequest));
  return outcomes.includes('foreign') ? 'foreign' : 'methods';
}

/** The prototype of the class `Protocol`. */
function findProtocol(given: unknown): ProtocolMethods | undefined {
  const places = [
    given,
    readProperty(given, 'server'),
    ...['Protocol', 'Client', 'Server'].map((name) => readProperty(given, name)),
  ];
  for (const place of places) {
    const start: unknown = typeof place === 'function' ? readProperty(place, 'prototype') : place;
    for (let prototype = start; typeof prototype === 'object' && prototype !== null; ) {
      if (Object.hasOwn(prototype, '_onrequest') && Object.hasOwn(prototype, 'request')) {
        return prototype as ProtocolMethods; // its methods: just found
      }
      prototype = Object.getPrototypeOf(prototype) as unknown;
    }
  }
  return undefined;
}
