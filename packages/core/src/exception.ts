/**
 * What is recorded of a thrown value, whatever it is. Nothing here throws: the value is the host's, and so are its getters.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
import { isNativeError } from 'node:util/types';
import type { Attributes } from './attributes.ts';
import { readProperty, unreadable } from './read-property.ts';
import { toText } from './to-text.ts';

/** The attributes of an `exception` event. */
export function describeException(exception: unknown): Attributes {
  const message = exceptionMessage(exception);
  if (typeof exception !== 'object' || exception === null) return { 'exception.message': message };
  return {
    'exception.type': exceptionType(exception),
    'exception.message': message,
    'exception.stacktrace': exceptionStack(exception),
  };
}

/** The message of an error; of anything else, its text. */
export function exceptionMessage(exception: unknown): string {
  const message = readProperty(exception, 'message');
  if (typeof message !== 'string') return toText(exception);
  // Node's error for a host whose every address refused has a code and no message.
  return message === '' ? toText(readProperty(exception, 'code') ?? '') : message;
}

/** How an exception is classed; `undefined` for a value that is no object. */
export function exceptionTypeOf(exception: unknown): string | undefined {
  return typeof exception === 'object' && exception !== null ? exceptionType(exception) : undefined;
}

function exceptionType(exception: object): string {
  const name = readProperty(exception, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  // A bare `Error` says nothing, where the name of its class or Node's code (`ECONNREFUSED`) does.
  const className = readProperty(readProperty(exception, 'constructor'), 'name');
  if (typeof className === 'string' && className !== '' && className !== 'Error') return className;
  const code = readProperty(exception, 'code');
  return typeof code === 'string' && code !== '' ? code : 'Error';
}

// fetch() has one cause, which may have another; Promise.any() and node:net have several errors in one. A cycle has no end.
const maxDepth = 4;
const maxErrors = 8;
// A stack is a few kilobytes, and several of them are what a span has to carry.
const maxInnerLength = 16_384;

/** The stack, and those of causes and of an AggregateError's errors as Node prints them: without, a failed fetch() says nothing. */
function exceptionStack(exception: object): string | undefined {
  const text = stackOf(exception);
  if (text === undefined) return undefined;
  const inner = describeInner(exception, 1, { left: maxErrors });
  return text + (inner.length > maxInnerLength ? `${inner.slice(0, maxInnerLength)}…` : inner);
}

function describeInner(exception: unknown, depth: number, budget: { left: number }): string {
  if (depth > maxDepth) return '';
  let text = '';
  for (const [label, inner] of innerOf(exception)) {
    if (budget.left === 0) return `${text}\n[${label}]: …`;
    budget.left--;
    text += `\n[${label}]: ${stackOf(inner) ?? toText(inner)}${describeInner(inner, depth + 1, budget)}`;
  }
  return text;
}

/** What an error is made of, with the name that it has in the error: its cause, and the errors of an AggregateError. */
function innerOf(exception: unknown): (readonly [label: string, inner: unknown])[] {
  const cause = readProperty(exception, 'cause');
  const inner: (readonly [string, unknown])[] =
    cause === undefined || cause === null || cause === unreadable ? [] : [['cause', cause]];
  const errors = readProperty(exception, 'errors');
  try {
    // Others have an `errors` too, as validation libraries do, which are long and no errors.
    if (!isAggregate(exception) || !Array.isArray(errors)) return inner;
    for (let index = 0; index < errors.length && index <= maxErrors; index++) {
      inner.push([`errors ${index}`, readProperty(errors, String(index))]);
    }
  } catch {
    // A proxy: what was found so far counts.
  }
  return inner;
}

/** Also one of another realm, and the application's own by that name. */
function isAggregate(exception: unknown): boolean {
  // A proxy is no native error, and its prototypes, which instanceof follows, may have no end.
  return (
    (isNativeError(exception) && exception instanceof AggregateError) ||
    readProperty(exception, 'name') === 'AggregateError'
  );
}

function stackOf(exception: unknown): string | undefined {
  const stack = readProperty(exception, 'stack');
  return typeof stack === 'string' ? stack : undefined;
}
