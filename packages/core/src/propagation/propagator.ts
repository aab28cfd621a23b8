/** How a context is read from and written to a carrier: HTTP headers, a message's headers, a job's data, an environment. */
import type { Context } from '../context.ts';
import { trimOptionalWhitespace } from './optional-whitespace.ts';

/** Reads one field. Several values of one name may come as an array. */
export interface Getter<Carrier> {
  /** The value of a field, or `undefined` if the carrier has none. Names are matched in any case. */
  get(carrier: Carrier, name: string): string | readonly string[] | undefined;
  /** The names of all fields, in any case. Only Jaeger's baggage needs them: without this method it is not read. */
  keys?(carrier: Carrier): readonly string[];
}

/** Writes one field, replacing any of the same name. */
export interface Setter<Carrier> {
  /** Sets the field. Names are in lower case. */
  set(carrier: Carrier, name: string, value: string): void;
}

/** One header format. */
export interface Propagator {
  /** Its name in `OTEL_PROPAGATORS`. */
  readonly name: string;
  /** The names of the fields it writes, in lower case. */
  readonly fields: readonly string[];
  /** Adds what the carrier contains to the context. Returns the same context if it contains nothing. */
  extract<Carrier>(context: Context, carrier: Carrier, getter: Getter<Carrier>): Context;
  /** Writes the context to the carrier; what the format cannot express is left out. */
  inject<Carrier>(context: Context, carrier: Carrier, setter: Setter<Carrier>): void;
}

/** A list-valued field: in HTTP, several fields of one name equal one, joined with commas. */
export function joinedField(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

/** A field that may occur only once: several count as none. With the whitespace around it. */
export function singleField(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value?.length === 1 ? value[0] : undefined;
}

/** A field that may occur only once, without the whitespace around it. */
export function singleText(value: string | readonly string[] | undefined): string | undefined {
  const field = singleField(value);
  return typeof field === 'string' ? trimOptionalWhitespace(field) : undefined; // a getter of the host may return anything
}

/** The first of several fields, even if they were joined with commas. */
export function firstMember(value: string | readonly string[] | undefined): string | undefined {
  const field = typeof value === 'string' ? value : value?.[0];
  return typeof field === 'string' ? trimOptionalWhitespace(field.split(',', 1)[0] ?? '') : undefined; // a getter of the host may return anything
}
