/** The parts of amqplib that tracing uses, in its versions 0.10 to 2. */

/** A channel of either API. */
export interface AmqpChannel {
  readonly connection?: AmqpConnection | undefined;
  /** The callbacks of messages that the broker has not confirmed, `false` for one without, `null` for one that it has. */
  readonly unconfirmed?: unknown[] | undefined;
}

/** The connection below a channel. */
export interface AmqpConnection {
  readonly stream?: AmqpSocket | undefined;
}

/** A socket of Node. */
interface AmqpSocket {
  /** The name of the host; `null` if the application gave an IP address. Node keeps it for its messages of errors. */
  readonly _host?: unknown;
  readonly remoteAddress?: unknown;
  readonly remotePort?: unknown;
}

/** A message that was received. */
export interface AmqpMessage {
  readonly fields: AmqpFields;
  readonly properties: { readonly headers?: unknown; readonly messageId?: unknown; readonly correlationId?: unknown };
}

export interface AmqpFields {
  readonly deliveryTag?: unknown;
  readonly redelivered?: unknown;
  readonly exchange?: unknown;
  readonly routingKey?: unknown;
}

/** The prototype of a class. */
export type Methods = Record<string, unknown>;
