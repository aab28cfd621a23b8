/** Headers as `@platformatic/kafka` has them: a Map or an object, whose names and values are bytes unless the client has serializers. */
import type { Context } from '../../context.ts';
import type { Getter } from '../../propagation/propagator.ts';
import { readProperty } from '../../read-property.ts';
import { hasContext } from '../carried-context.ts';
import { fieldsFor } from '../kafka/copy-message.ts';
import { textOf } from '../kafka/message-attributes.ts';

/** Headers of a message that is sent or received. */
export type Headers = Iterable<readonly [unknown, unknown]>;

/** Reads names and values that are strings or bytes. */
export const headersGetter: Getter<Headers> = {
  get(headers, name) {
    const values: string[] = [];
    for (const [key, value] of headers) {
      const text = toText(key);
      if (text?.length !== name.length || text.toLowerCase() !== name) continue;
      const valueText = toText(value);
      if (valueText !== undefined) values.push(valueText);
    }
    return values.length > 1 ? values : values[0];
  },
  keys(headers) {
    return [...headers].flatMap(([key]) => toText(key) ?? []);
  },
};

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? textOf(value) : undefined;
}

/** What the serializers of a producer take: strings, or bytes where there is none. */
export interface HeaderForm {
  readonly hasTextNames: boolean;
  readonly hasTextValues: boolean;
}

/** Reads the serializers of a producer, which keeps its options under a symbol. */
export function headerFormOf(producer: object): HeaderForm {
  const key = Object.getOwnPropertySymbols(producer).find(
    ({ description }) => description === 'plt.kafka.base.options',
  );
  const options = key && (producer as Readonly<Record<symbol, unknown>>)[key];
  const serializers = readProperty(options, 'serializers');
  const hasRegistry = Boolean(readProperty(options, 'registry')); // its own take strings
  return {
    hasTextNames: hasRegistry || typeof readProperty(serializers, 'headerKey') === 'function',
    hasTextValues: hasRegistry || typeof readProperty(serializers, 'headerValue') === 'function',
  };
}

/** A copy of the headers with the context; `undefined` if they have one of the application's or another tracer's. */
export function headersWith(headers: unknown, context: Context, form: HeaderForm): Map<unknown, unknown> | undefined {
  const copy = new Map<unknown, unknown>(entriesOf(headers));
  if (hasContext<Headers>(copy, headersGetter)) return undefined;
  const fields = fieldsFor(context);
  for (const name of Object.keys(fields)) {
    for (const key of copy.keys()) if (toText(key)?.toLowerCase() === name) copy.delete(key);
    const value = fields[name] as string; // its own key
    copy.set(form.hasTextNames ? name : Buffer.from(name), form.hasTextValues ? value : Buffer.from(value));
  }
  return copy;
}

function entriesOf(headers: unknown): Headers {
  if (headers instanceof Map) return headers as Map<unknown, unknown>;
  return typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
}
