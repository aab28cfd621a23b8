/** The parts of `@grpc/grpc-js` that are used. Those without a comment are public. */

export interface Metadata {
  get(key: string): readonly unknown[];
  set(key: string, value: string): void;
  remove(key: string): void;
  getMap(): Readonly<Record<string, unknown>>;
  clone(): Metadata;
}

export interface Status {
  readonly code: number;
  readonly details?: unknown;
}

export interface Channel {
  getTarget(): string;
  createCall(method: string, ...rest: unknown[]): CallOnChannel;
  /** Private. */
  readonly internalChannel?: { readonly credentials?: { _isSecure?(): boolean } };
}

/** What receives the answer of a call. */
export interface CallListener {
  onReceiveMetadata(metadata: Metadata): void;
  onReceiveMessage(message: unknown): void;
  onReceiveStatus(status: Status): void;
}

/** A call below all interceptors of its client. */
export interface CallOnChannel {
  start(metadata: Metadata, listener: CallListener): void;
  sendMessageWithContext(context: { readonly callback?: unknown }, message: unknown): void;
}

/** What receives the request of a call on a server. */
export interface ServerListener {
  onReceiveMetadata(metadata: Metadata): void;
  onReceiveMessage(message: unknown): void;
  onReceiveHalfClose(): void;
  onCancel(): void;
}

/** The innermost call of a server, below its interceptors. Its fields are private. */
export interface CallOnServer {
  start(listener: ServerListener): void;
  sendStatus(status: Status): void;
  /** Called once at the end, whatever ends the call. Since 1.10. */
  notifyOnCancel?(): void;
  /** Before 1.10 a call is an emitter. */
  emit?(event: string, ...args: unknown[]): boolean;
  readonly nextCall?: CallOnServer;
  readonly metadata?: Metadata;
  readonly host?: unknown;
  readonly stream?: ServerStream;
  readonly deadline?: unknown;
  readonly cancelNotified?: boolean;
}

/** A stream of node:http2. */
export interface ServerStream {
  readonly sentHeaders?: Readonly<Record<string, unknown>>;
  readonly sentTrailers?: Readonly<Record<string, unknown>>;
  once(event: 'close', listener: () => void): unknown;
  readonly session?:
    | { readonly socket?: { readonly remoteAddress?: string; readonly remotePort?: number } }
    | undefined;
}

export type Http2Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A registered method. */
export interface Handler {
  readonly func: (this: unknown, ...args: unknown[]) => unknown;
  readonly type: string;
  readonly path: string;
  readonly serialize: unknown;
  readonly deserialize: unknown;
}

/** The class `Server`. The methods are private. */
export interface ServerPrototype {
  _verifyContentType(stream: ServerStream, headers: Http2Headers): boolean;
  _respondWithError(status: Status, stream: ServerStream, ...rest: unknown[]): void;
  _runHandlerForCall(call: CallOnServer, handler: Handler, ...rest: unknown[]): boolean;
}
