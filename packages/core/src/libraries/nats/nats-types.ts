/** The parts of NATS' clients that tracing uses: `@nats-io` 3, and `nats` 2. */

export interface NatsConnection {
  readonly protocol?: NatsProtocol | undefined;
  readonly options?: { readonly inboxPrefix?: unknown } | undefined;
}

/** What speaks with the server. */
export interface NatsProtocol {
  readonly server?: NatsServer | undefined;
}

export interface NatsServer {
  readonly hostname?: unknown;
  readonly port?: unknown;
}

/** A message of core NATS, or of JetStream. */
export interface NatsMessage {
  readonly subject: string;
  readonly reply?: string | undefined;
  readonly headers?: NatsHeaders | undefined;
}

export interface NatsHeaders extends Iterable<readonly [string, readonly string[]]> {
  get(name: string): string;
  has(name: string): boolean;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  keys(): readonly string[];
}

/** A message of JetStream. */
export interface JetStreamMessage extends NatsMessage {
  readonly info?: {
    readonly stream?: unknown;
    readonly consumer?: unknown;
    readonly deliveryCount?: unknown;
    readonly streamSequence?: unknown;
  };
  /** The message below it. */
  readonly msg?: { readonly publisher?: NatsProtocol };
}

/** A consumer of JetStream. */
export interface JetStreamConsumer {
  readonly api?: { readonly nc?: NatsConnection };
  readonly _info?: {
    readonly name?: unknown;
    readonly stream_name?: unknown;
    readonly config?: { readonly ack_policy?: unknown };
  };
}

/** The prototype of a class. */
export type Methods = Record<string, unknown>;
