/** What is recorded of a single message. */
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { optionsOf } from '../caller.ts';
import type { KafkaLibrary } from './kafka-client.ts';

/** The part of a message that is looked at. Its types are those of the library, which an application may ignore. */
export interface KafkaMessage {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: unknown;
  readonly offset?: unknown;
}

/**
 * Adds whether the message is a tombstone, and its key if the option asks for it: a key is often the id of a person.
 *
 * @param context That of the caller or sender, whose tracer has the option.
 */
export function pushMessage(list: AttributeList, message: KafkaMessage, library: KafkaLibrary, context: Context): void {
  if (message.value === null || message.value === undefined) list.push('messaging.kafka.message.tombstone', true);
  const { key } = message;
  if (key === null || key === undefined || optionsOf(library, context)?.messageKey !== true) return;
  if (typeof key === 'string') list.push('messaging.kafka.message.key', key);
  else if (key instanceof Uint8Array) list.push('messaging.kafka.message.key', textOf(key));
  else if (typeof key === 'number' || typeof key === 'bigint') list.push('messaging.kafka.message.key', String(key));
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** `undefined` for an offset that no number has. Libraries have it as a string or a bigint. */
export function offsetOf(offset: unknown): number | undefined {
  if (typeof offset !== 'string' && typeof offset !== 'bigint' && typeof offset !== 'number') return undefined;
  const number = offset === '' ? Number.NaN : Number(offset);
  return Number.isSafeInteger(number) ? number : undefined;
}
