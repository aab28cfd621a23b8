/**
 * Runs the handlers of a request's events in the context of its span, and ends the span with the events of its response.
 * Both take an `emit` on each of the two objects, without a listener that would count towards the host's.
 *
 * Left alone, later packets of the body, and the 'close' of a client that has gone, come from the socket and outside every
 * context: what their handlers do would be missing from the trace.
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
 * Puts the state on request and response, and an `emit` on each: all of it, or nothing if one of them is frozen.
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
  // What could not be written does not have to be taken back.
  Reflect.set(message, serverSpanKey, undefined);
  if (message.emit === emitOfRequest || message.emit === emitOfResponse) Reflect.set(message, 'emit', emit);
}

// `emit.apply(this, arguments)` makes no array of the arguments, which rest parameters do: three allocations for each event.
// Whatever is ours in here is contained: it runs within calls of the host's and of Node's, where a throw ends the process.

function emitOfRequest(this: TracedMessage, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.requestEmit : emitRequestWithin;
  try {
    return emit.apply(this, args);
  } finally {
    if (type === 'close') serverSpan.finishUnlessSending();
  }
}

function emitOfResponse(this: TracedResponse, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  // Asked before the application's listeners, which may close the connection.
  if (type === 'finish') serverSpan.noteFinish();
  else if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.responseEmit : emitResponseWithin;
  try {
    return emit.apply(this, args);
  } finally {
    // 'finish' comes when all has been handed over, and 'close' alone if the client has gone before. The application's own
    // listeners have had their say on the span.
    if (type === 'finish' || type === 'close') serverSpan.finish();
  }
}

/** `undefined` also where `message` is a proxy of the application's that does not let itself be read. */
function serverSpanOf(message: TracedMessage | TracedResponse): ServerSpan<never> | undefined {
  try {
    return message[serverSpanKey];
  } catch {
    return undefined;
  }
}

const { listenerCount } = EventEmitter.prototype;

/** Whether an event can do without entering the context: to enter it costs more than to ask, and most come where it is entered. */
function isWithin(context: Context | undefined, emitter: EventEmitter, type: string | symbol): boolean {
  // Node's own function: the application may have another under that name.
  return processState.storage.getStore() === context || listenerCount.call(emitter, type) === 0;
}

function emitRequestWithin(this: TracedMessage, ...args: Parameters<Emit>): boolean {
  const { context, requestEmit } = this[serverSpanKey] as ServerSpan<never>; // whoever calls has looked
  return processState.storage.run(context as Context, () => requestEmit.apply(this, args)); // set by beginServerSpan
}

function emitResponseWithin(this: TracedResponse, ...args: Parameters<Emit>): boolean {
  const { context, responseEmit } = this[serverSpanKey] as ServerSpan<never>; // as above
  return processState.storage.run(context as Context, () => responseEmit.apply(this, args)); // as above
}
