/** The context in the headers of NATS. They are an object with methods, whose names may differ in case. */
import type { Context } from '../../context.ts';
import { readProperty } from '../../read-property.ts';
import { hasContext, readContext, writeContext } from '../carried-context.ts';
import type { NatsHeaders, NatsMessage } from './nats-types.ts';

type MakeHeaders = () => NatsHeaders;

/** `headers()` of a copy of the client that is loaded. Clients take the headers of each other. */
let makeHeaders: MakeHeaders | undefined;

/** Takes `headers()` of a client. */
export function useHeadersOf(moduleExports: unknown): boolean {
  const headers = readProperty(moduleExports, 'headers');
  if (typeof headers !== 'function') return false;
  makeHeaders ??= headers as MakeHeaders;
  return true;
}

/** A copy of the options, whose headers carry the context; the options themselves if the application has put one into them. */
export function optionsWith(options: unknown, context: Context): unknown {
  const given = readProperty(options, 'headers') as NatsHeaders | undefined;
  const carrier = given === undefined || given === null ? makeHeaders?.() : copyOf(given);
  if (carrier === undefined || hasContext(carrier, headersGetter)) return options;
  writeContext(context, carrier, headersSetter);
  return { ...(options as object | undefined), headers: carrier };
}

/** The methods of these headers match names in the same case only, and return an empty string for one that is missing. */
const headersGetter = {
  get(headers: NatsHeaders, name: string): string | readonly string[] | undefined {
    const found: string[] = [];
    for (const [key, values] of headers) if (key.toLowerCase() === name) found.push(...values);
    return found.length > 1 ? found : found[0];
  },
  keys: (headers: NatsHeaders): readonly string[] => headers.keys(),
};

const headersSetter = {
  set(headers: NatsHeaders, name: string, value: string): void {
    headers.set(name, value);
  },
};

/** @returns `undefined` for what are not headers: the client refuses them. */
function copyOf(headers: NatsHeaders): NatsHeaders | undefined {
  const copy = makeHeaders?.();
  if (copy === undefined || typeof headers[Symbol.iterator] !== 'function') return undefined;
  for (const [name, values] of headers) for (const value of values) copy.append(name, value);
  return copy;
}

/** The context of the sender. */
export function senderOf(message: NatsMessage): Context | undefined {
  const { headers } = message;
  return headers === undefined ? undefined : readContext(headers, headersGetter);
}
