/**
 * The calls of gRPC clients: a span from the start of a call until its status.
 *
 * The seam is the channel, below all interceptors: the methods of `Client` are copied by the classes that gRPC generates, and a list of
 * interceptors in the options of one call replaces that of the client. An interceptor that repeats a call has a span for each time, one that
 * answers by itself has none, and retries by the service config are within the one span.
 */
import { bind, currentContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { processState } from '../../process-state.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import { carryByRules } from '../carry-by-rules.ts';
import { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';
import { targetOf } from './channel-target.ts';
import type { CallListener, CallOnChannel, Channel, Metadata, Status } from './grpc-types.ts';
import { metadataHeaders } from './metadata-headers.ts';
import { recordStatus } from './status.ts';

const { storage } = processState;

const clientCallKey: unique symbol = Symbol.for('waymark.grpc-client-call.v1') as never;

interface TracedCall extends CallOnChannel {
  [clientCallKey]?: ClientCall | undefined;
}

/** A call from its creation to its status. It is also the listener that gRPC gets in place of the client's. */
class ClientCall implements CallListener {
  private readonly channel: Channel;
  private readonly path: string;
  /** The context of the code that made the call; `undefined` outside any. Its callback and its stream's events run there. */
  private readonly caller: Context | undefined;
  /** The caller, if the call gets a span. */
  private readonly traced: Context | undefined;
  private operation: Operation | undefined = undefined;
  private listener: CallListener | undefined = undefined;

  constructor(channel: Channel, path: string) {
    this.channel = channel;
    this.path = path;
    this.caller = currentContext();
    this.traced = tracedCaller('grpc');
  }

  /** @returns The metadata to send: a copy if something was added. */
  start(metadata: Metadata, listener: CallListener): Metadata {
    this.listener = listener;
    this.begin();
    const carried = this.operation?.context() ?? this.carriedOfCaller();
    if (carried === undefined) return metadata;
    const copy = metadata.clone();
    carryByRules(carried, this.caller?.span, copy, metadataHeaders, targetOf(this.channel).origin + this.path);
    return copy;
  }

  begin(): void {
    const { traced, path } = this;
    if (traced === undefined) return;
    const name = path.startsWith('/') ? path.slice(1) : path;
    this.operation = Operation.begin(traced, {
      library: 'grpc',
      name,
      kind: 'client',
      attributes: ['rpc.method', name],
      shared: targetOf(this.channel).shared,
    });
  }

  end(status: Status): void {
    const { operation } = this;
    if (operation === undefined) return;
    this.operation = undefined;
    try {
      if (operation.recording !== undefined) recordStatus(operation.recording, status, status.code !== 0);
    } finally {
      operation.end();
    }
  }

  /** Ends the span of a call that gRPC has refused to make. */
  refuse(error: unknown): void {
    this.begin();
    this.operation?.fail(error);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.pass('onReceiveMetadata', metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.pass('onReceiveMessage', message);
  }

  onReceiveStatus(status: Status): void {
    try {
      this.end(status);
    } catch (error) {
      countFault(error);
    }
    this.pass('onReceiveStatus', status);
  }

  /** Calls the client's listener in the context of the caller: gRPC calls it in that of the connection. */
  private pass(name: keyof CallListener, value: unknown): void {
    const { listener, caller } = this;
    if (listener !== undefined) runInCaller(caller, listener[name] as AnyFunction, listener, [value]);
  }

  /** What a call without a span carries: the decision not to sample. */
  private carriedOfCaller(): Context | undefined {
    const { caller } = this;
    if (caller === undefined) return undefined;
    return storage.run(caller, contextToCarry, 'grpc', undefined); // an interceptor may have waited before it goes on
  }
}

/** For `Channel.prototype.createCall`. */
export function tracedCreateCall(original: AnyFunction): AnyFunction {
  return function createCall(this: Channel, ...args: unknown[]): unknown {
    const call = describeCall(this, args[0]);
    let created: unknown;
    try {
      created = original.apply(this, args);
    } catch (error) {
      if (call !== undefined) refuse(call, error);
      throw error;
    }
    if (call !== undefined) attach(created as TracedCall, call); // gRPC's own
    return created;
  };
}

function describeCall(channel: Channel, path: unknown): ClientCall | undefined {
  try {
    return typeof path === 'string' ? new ClientCall(channel, path) : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function refuse(call: ClientCall, error: unknown): void {
  try {
    call.refuse(error);
  } catch (fault) {
    countFault(fault);
  }
}

function attach(created: TracedCall, call: ClientCall): void {
  try {
    wrapClass(created);
    created[clientCallKey] = call;
  } catch (error) {
    countFault(error);
  }
}

const wrapped = new WeakSet<object>();

/** Wraps the methods of a call's class, which gRPC does not export. */
function wrapClass(created: CallOnChannel): void {
  const prototype: CallOnChannel = Object.getPrototypeOf(created);
  if (wrapped.has(prototype)) return;
  wrapped.add(prototype);
  const owner = prototype === Object.prototype ? created : prototype;
  wrapOnce(owner, 'start', tracedStart);
  wrapOnce(owner, 'sendMessageWithContext', boundSendMessage);
}

function tracedStart(original: AnyFunction): AnyFunction {
  return function start(this: TracedCall, metadata: Metadata, listener: CallListener, ...rest: unknown[]): unknown {
    const call = this[clientCallKey];
    if (call === undefined) return original.call(this, metadata, listener, ...rest);
    let sent = metadata;
    try {
      sent = call.start(metadata, listener);
    } catch (error) {
      countFault(error);
    }
    return original.call(this, sent, call, ...rest);
  };
}

/** The callback of a message that is written runs in the context of its writer, which emits 'drain' there. */
function boundSendMessage(original: AnyFunction): AnyFunction {
  return function sendMessageWithContext(
    this: TracedCall,
    context: { readonly callback?: unknown },
    ...rest: unknown[]
  ): unknown {
    const { callback } = context;
    if (typeof callback !== 'function' || this[clientCallKey] === undefined)
      return original.call(this, context, ...rest);
    return original.call(this, { ...context, callback: bind(callback as () => void) }, ...rest);
  };
}
