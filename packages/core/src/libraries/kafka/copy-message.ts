/** Messages of the application with the context in their headers: as copies, since it may freeze them, or send them again. */
import type { Context } from '../../context.ts';
import { type Carrier, type CarrierObject, carrierSetter } from '../../propagation/carrier.ts';
import type { Setter } from '../../propagation/propagator.ts';
import { hasContext, writeContext } from '../carried-context.ts';
import { copyWith } from './copy-with.ts';
import type { KafkaLibrary } from './kafka-client.ts';

/** Marks the copies, so that what a traced method passes to another one is not traced there again. */
const coveredKey: unique symbol = Symbol('waymark.covered');

interface Covered {
  readonly [coveredKey]?: true;
}

export function isCovered(given: unknown): boolean {
  return typeof given === 'object' && given !== null && (given as Covered)[coveredKey] === true;
}

const plainSetter: Setter<Record<string, string>> = {
  set(fields, name, value) {
    fields[name] = value;
  },
};

/** The headers that carry a context: the same for all messages of a call. */
export function fieldsFor(context: Context | undefined): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  if (context !== undefined) writeContext(context, fields, plainSetter);
  return fields;
}

/** Copies of the messages. What kafkajs refuses is left as it is: the error that it then throws may show the message. */
export function copyMessages(
  messages: unknown,
  fields: Readonly<Record<string, string>>,
  library: KafkaLibrary,
): unknown {
  if (!Array.isArray(messages)) return messages;
  const isStrict = library === 'kafkajs';
  const copies = new Array<unknown>(messages.length);
  for (let index = 0; index < messages.length; index++) {
    const message: unknown = messages[index];
    copies[index] =
      !isObject(message) || (isStrict && (message.headers === null || message.value === undefined))
        ? message
        : covered(message, { headers: headersWith(message.headers, fields) });
  }
  return copies;
}

/** A copy with other values, and the mark. */
export function covered<Given extends object>(given: Given, changes: Partial<Record<keyof Given, unknown>>): Given {
  return copyWith(given, { ...changes, [coveredKey]: true });
}

/** The headers of a message and ours. Those that have a context of another tracer, or of the application, stay. */
function headersWith(headers: unknown, fields: Readonly<Record<string, string>>): unknown {
  if (headers === undefined || headers === null) return { ...fields };
  if (typeof headers !== 'object' || hasContext<Carrier>(headers as CarrierObject)) return headers;
  const copy = { ...headers } as CarrierObject;
  for (const name of Object.keys(fields)) carrierSetter.set(copy, name, fields[name] as string);
  return copy;
}

function isObject(message: unknown): message is { readonly headers?: unknown; readonly value?: unknown } {
  return typeof message === 'object' && message !== null;
}
