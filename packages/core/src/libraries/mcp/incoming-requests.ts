/**
 * Requests that come in: at servers, and at clients that a server asks. By the conventions the span is below that of the sender, whose context is
 * in `params._meta`, with a link to the request of HTTP in which it came. Without such a context it is below that request.
 *
 * @see https://modelcontextprotocol.io/specification/draft/basic/index#meta
 */
import { currentContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { optionsOf } from '../caller.ts';
import { readContext } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import { contentJson } from '../models/content-json.ts';
import {
  codeOf,
  type Handler,
  isOverHttp,
  isToolError,
  type McpRequest,
  nameOf,
  type Protocol,
  requestAttributes,
} from './mcp-facts.ts';

// biome-ignore lint/suspicious/noExplicitAny: a method of the SDK, whose arguments are passed on
type Method = (this: any, ...args: any[]) => unknown;

/** The handlers of connections that are traced: each is asked for its handler with every request. */
const traced = new WeakSet<object>();

/** Before the first request of a connection is handled, its handlers are. */
export function wrapOnRequest(original: Method): Method {
  const traceAll = contained(traceHandlers);
  return function onRequest(this: Protocol, ...args) {
    traceAll(this);
    return original.apply(this, args);
  };
}

function traceHandlers(protocol: Protocol): void {
  const handlers = protocol._requestHandlers;
  if (!(handlers instanceof Map) || traced.has(handlers)) return;
  traced.add(handlers);
  /** By those of the application. */
  const wrapped = new WeakMap<Handler, Handler>();
  const ours = new WeakSet<Handler>();
  const find = handlers.get;
  handlers.get = function get(method) {
    const handler = find.call(this, method);
    if (typeof handler !== 'function' || ours.has(handler)) return handler;
    let replaced = wrapped.get(handler);
    if (replaced === undefined) {
      replaced = traceHandler(protocol, handler);
      wrapped.set(handler, replaced);
      ours.add(replaced);
    }
    return replaced;
  };
}

function traceHandler(protocol: Protocol, handler: Handler): Handler {
  const begin = contained(beginIncoming);
  return function traced(this: unknown, request, extra) {
    const incoming = begin(protocol, request, extra);
    if (incoming === undefined) return handler.call(this, request, extra);
    return incoming.run(async () => {
      try {
        const result = await handler.call(this, request, extra);
        noteResult(incoming, result);
        return result;
      } catch (error) {
        noteFailure(incoming, error);
        throw error;
      }
    });
  };
}

function beginIncoming(protocol: Protocol, request: McpRequest, extra: unknown): Incoming | undefined {
  const meta =
    readProperty(request.params, '_meta') ??
    readProperty(extra, '_meta') ??
    readProperty(readProperty(extra, 'mcpReq'), '_meta');
  const sender = typeof meta === 'object' && meta !== null ? readContext(meta) : undefined;
  // Otherwise the active span is that of the code that has opened the connection.
  const ambient = isOverHttp(protocol) ? liveContext() : undefined;
  const hasSender = isWaymarkSpan(sender?.span);
  const id = readProperty(extra, 'requestId') ?? readProperty(readProperty(extra, 'mcpReq'), 'id');
  const attributes = requestAttributes(protocol, request, id);
  const parent = hasSender ? sender : ambient;
  pushArguments(attributes, parent, request);
  const incoming = Incoming.begin({
    library: 'mcp',
    name: nameOf(request),
    kind: 'server',
    attributes,
    senders: [parent ?? sender],
  });
  if (hasSender) incoming?.addLink(ambient);
  return incoming;
}

/** The current context, if its span has not ended. */
function liveContext(): Context | undefined {
  const context = currentContext();
  return isWaymarkSpan(context?.span) && context.span.isRecording() ? context : undefined;
}

function pushArguments(attributes: AttributeList, parent: Context | undefined, request: McpRequest): void {
  if (request.method !== 'tools/call' || optionsOf('mcp', parent ?? outside)?.contents !== true) return;
  const given = readProperty(request.params, 'arguments');
  if (given !== undefined) attributes.push('gen_ai.tool.call.arguments', contentJson(given));
}

const noteResult = contained((incoming: Incoming, result: unknown) => {
  if (incoming.isRecording && optionsOf('mcp', incoming.context)?.contents === true) {
    const content = readProperty(result, 'structuredContent') ?? readProperty(result, 'content');
    if (content !== undefined) incoming.set('gen_ai.tool.call.result', contentJson(content));
  }
  if (isToolError(result)) incoming.refuse('tool_error', 'the tool has answered with an error');
});

const noteFailure = contained((incoming: Incoming, error: unknown) => {
  const code = codeOf(error);
  incoming.set('rpc.response.status_code', code);
  incoming.fail(error, code);
});
