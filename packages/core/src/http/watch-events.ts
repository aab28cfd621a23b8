/**
 * Runs the handlers of a request's events in the context of its span, and ends the span with the events of its response. An `emit`
 * on each of the two objects does both. Listeners would not enter the context, and would count towards the host's.
 *
 * Without it, later packets of the body, and the 'close' of a client that has disconnected, come from the socket without a context:
 * what their handlers do would be missing from the trace.
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context.ts';
import { processState } from '../process-state.ts';
import type { Emit } from './reserve-slots.ts';
import type { ServerSpan } from './server-span.ts';
import { serverSpanKey } from './server-span-key.ts';

export interface TracedMessage extends IncomingMessage {
  [serverSpanKey]?: ServerSpan<never>;
}

export interface TracedResponse extends ServerResponse {
  [serverSpanKey]?: ServerSpan<never>;
}

/**
 * Puts the state and an `emit` on request and response: on both, or on neither if one of them is frozen.
 *
 * @throws {TypeError} If one of them is frozen.
 */
export function watchEvents(serverSpan: ServerSpan<never>, raw: TracedMessage, response: TracedResponse): void {
  try {
    raw[serverSpanKey] = serverSpan;
    response[serverSpanKey] = serverSpan;
    raw.emit = emitOfRequest;
    response.emit = emitOfResponse;
  } catch (error) {
    remove(raw, serverSpan.requestEmit);
    remove(response, serverSpan.responseEmit);
    throw error;
  }
}

function remove(message: TracedMessage | TracedResponse, emit: Emit): void {
  // Reflect.set() does not throw for a property that could not be written.
  Reflect.set(message, serverSpanKey, undefined);
  if (message.emit === emitOfRequest || message.emit === emitOfResponse) Reflect.set(message, 'emit', emit);
}

// `emit.apply(this, arguments)` makes no array of the arguments. Rest parameters do: three allocations for each event.
// Our code in here must not throw: it runs within calls of the host and of Node, where a throw ends the process.

function emitOfRequest(this: TracedMessage, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // the application has copied `emit` to another object
  if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.requestEmit : emitRequestWithin;
  try {
    return emit.apply(this, args);
  } finally {
    if (type === 'close') serverSpan.finishUnlessSending();
  }
}

function emitOfResponse(this: TracedResponse, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // the application has copied `emit` to another object
  // Read before the application's listeners run, which may close the connection.
  if (type === 'finish') serverSpan.noteFinish();
  else if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.responseEmit : emitResponseWithin;
  try {
    return emit.apply(this, args);
  } finally {
    // 'finish' comes when Node has sent everything; 'close' comes alone if the client has disconnected. The application's
    // listeners have already run, and could write to the span.
    if (type === 'finish' || type === 'close') serverSpan.finish();
  }
}

/** `undefined` also if `message` is a Proxy of the application's that throws when it is read. */
function serverSpanOf(message: TracedMessage | TracedResponse): ServerSpan<never> | undefined {
  try {
    return message[serverSpanKey];
  } catch {
    return undefined;
  }
}

const { listenerCount } = EventEmitter.prototype;

/** Whether an event needs no switch of the context. The check is cheaper than a switch, and most events come within the context. */
function isWithin(context: Context | undefined, emitter: EventEmitter, type: string | symbol): boolean {
  // Node's function: the application may have replaced the method.
  return processState.storage.getStore() === context || listenerCount.call(emitter, type) === 0;
}

function emitRequestWithin(this: TracedMessage, ...args: Parameters<Emit>): boolean {
  const { context, requestEmit } = this[serverSpanKey] as ServerSpan<never>; // emitOfRequest has found it
  return processState.storage.run(context as Context, () => requestEmit.apply(this, args)); // set by beginServerSpan
}

function emitResponseWithin(this: TracedResponse, ...args: Parameters<Emit>): boolean {
  const { context, responseEmit } = this[serverSpanKey] as ServerSpan<never>; // emitOfResponse has found it
  return processState.storage.run(context as Context, () => responseEmit.apply(this, args)); // set by beginServerSpan
}
