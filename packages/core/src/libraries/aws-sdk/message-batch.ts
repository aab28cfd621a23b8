/** A batch of messages, each of which carries the context of the span that sends all of them. */
import { contextToCarry } from '../carried-context.ts';
import type { Operation } from '../operation.ts';
import { listIn } from './input-value.ts';
import { sizeOf, withContextIn } from './message-attributes.ts';
import type { Input } from './sdk-types.ts';

/**
 * @param key Of the list of messages.
 * @returns A copy; `undefined` if no message is changed.
 */
export function withContextInBatch(input: Input, key: string, operation: Operation | undefined): Input | undefined {
  const context = contextToCarry('aws-sdk', operation);
  const entries = listIn(input, key);
  if (context === undefined || entries.length === 0) return undefined;
  const size = entries.reduce<number>((sum, entry) => sum + sizeOf(entry), 0);
  let isChanged = false;
  const copies = entries.map((entry) => {
    if (typeof entry !== 'object' || entry === null) return entry; // the service refuses it
    const copy = withContextIn(entry as Input, context, size);
    isChanged ||= copy !== undefined;
    return copy ?? entry;
  });
  return isChanged ? { ...input, [key]: copies } : undefined;
}
