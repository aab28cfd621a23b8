/** What all copies of this package in one process know of the tracing of outbound calls: whether it is there. */
import { type Channel, channel } from 'node:diagnostics_channel';

/** What is there, to be shared or to be taken away. */
export interface Installation {
  /** The `globalThis` whose active spans and default tracer the subscribers see. */
  readonly realm: object;
  users: number;
  /** Harmless when called again. */
  remove(): void;
}

export const installationKey: unique symbol = Symbol.for('waymark.outbound.v1') as never;

// Two copies of this package must not both add headers, so either has to find what the other installed. `globalThis` is no
// place for that: Jest gives each test file its own, while `diagnostics_channel` and `node:http` are those of the worker.
// A channel object is shared by all who share the subscriptions. (Held here, too, since a channel that nobody holds is
// collected, with what it carries.)
export const anchor: Channel & { [installationKey]?: Installation | undefined } = channel('undici:request:create');

/** Whether outbound calls of this realm are traced: `instrumentOutbound()` is in force. */
export function isOutboundInstrumented(): boolean {
  return anchor[installationKey]?.realm === globalThis;
}
