/** Makes subscribers to diagnostics channels safe for the host. */
import { countFault } from '../count-fault.ts';

/** Subscribers by the name of their channel. Each takes the message type of its channel. */
export type Subscribers = Readonly<Record<string, Subscriber<never>>>;

export type Subscriber<Message> = (message: Message) => void;

/**
 * Returns a subscriber that catches and counts what the given one throws. `diagnostics_channel` would make an uncaught exception of
 * it, which ends the process.
 */
export function contain<Message>(subscriber: Subscriber<Message>): Subscriber<unknown> {
  return function contained(message): void {
    try {
      subscriber(message as Message); // the channel publishes this type
    } catch (error) {
      countFault(error);
    }
  };
}
