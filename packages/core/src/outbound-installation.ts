/** Whether outbound calls are traced: shared by all copies of this package in one process. */
import { type Channel, channel } from 'node:diagnostics_channel';

/** The subscriptions of one copy, which other copies share or remove. */
export interface Installation {
  /** The `globalThis` of the active spans and the default tracer that the subscribers see. */
  readonly realm: object;
  users: number;
  /** Harmless when called again. */
  remove(): void;
}

export const installationKey: unique symbol = Symbol.for('waymark.outbound.v1') as never;

// Two copies of this package must not both add headers, so each has to find what the other installed. `globalThis` does not work
// for that: Jest gives each test file its own, while `diagnostics_channel` and `node:http` belong to the worker. A channel is one
// object for all code that shares the subscriptions. This module refers to it, since Node collects a channel without references,
// with its properties.
export const anchor: Channel & { [installationKey]?: Installation | undefined } = channel('undici:request:create');

/** Whether outbound calls of this realm are traced: `instrumentOutbound()` is in force. */
export function isOutboundInstrumented(): boolean {
  return anchor[installationKey]?.realm === globalThis;
}
