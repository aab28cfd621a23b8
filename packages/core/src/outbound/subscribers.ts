/** Subscribers to diagnostics channels, in a form that cannot harm the host. */
import { currentContext } from '../active-context.ts';
import { tracerFor } from './begin-client-span.ts';

/** By the name of their channel. Each knows what its channel publishes. */
export type Subscribers = Readonly<Record<string, Subscriber<never>>>;

export type Subscriber<Message> = (message: Message) => void;

/**
 * The subscriber, with what it throws caught and counted: `diagnostics_channel` would make an uncaught exception of it,
 * which ends the process.
 */
export function contain<Message>(subscriber: Subscriber<Message>): Subscriber<unknown> {
  return function contained(message): void {
    try {
      subscriber(message as Message); // what the channel publishes
    } catch (error) {
      countFault(error);
    }
  };
}

function countFault(error: unknown): void {
  try {
    tracerFor(currentContext()?.span)?.diagnostics.count('instrumentation-failed', error);
  } catch {
    // An active span that is none of ours, and fails to be asked for its tracer: there is nobody to tell.
  }
}
