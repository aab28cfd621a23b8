/**
 * What is recorded of a thrown value of any kind. No function here throws, although the application's getters may.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
import { isNativeError } from 'node:util/types';
import type { Attributes } from './attribute-value.ts';
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

/** The message of an error; any other value as a string. */
export function exceptionMessage(exception: unknown): string {
  const message = readProperty(exception, 'message');
  if (typeof message !== 'string') return textOf(exception);
  // If all addresses of a host refuse, Node's error has a code and no message.
  return message === '' ? toText(readProperty(exception, 'code') ?? '') : message;
}

/** OpenTelemetry's API takes `{ code }` and `{ name }` without a message. The string of such an object says nothing. */
function textOf(exception: unknown): string {
  const text = toText(exception);
  if (text !== '[object Object]') return text;
  const code = readProperty(exception, 'code');
  if (typeof code === 'string' || typeof code === 'number') return String(code);
  const name = readProperty(exception, 'name');
  return typeof name === 'string' ? name : text;
}

/** The type of an exception; `undefined` for a value that is not an object. */
export function exceptionTypeOf(exception: unknown): string | undefined {
  return typeof exception === 'object' && exception !== null ? exceptionType(exception) : undefined;
}

function exceptionType(exception: object): string {
  const name = readProperty(exception, 'name');
  // `Error` alone says nothing: the name of the class or Node's code (`ECONNREFUSED`) says more. The errors of pg are named `error`.
  if (typeof name === 'string' && !/^(?:error)?$/i.test(name)) return name;
  const className = readProperty(readProperty(exception, 'constructor'), 'name');
  const isPlain = className === 'Object';
  if (typeof className === 'string' && className !== '' && className !== 'Error' && !isPlain) return className;
  const code = readProperty(exception, 'code');
  if (typeof code === 'string' && code !== '') return code;
  // OpenTelemetry's API takes an object with a message, and perhaps a name, and a code that is a string or a number.
  if (isPlain && typeof code === 'number') return String(code);
  return isPlain && typeof name !== 'string' ? 'Object' : 'Error';
}

// An error of fetch() has a cause, which may have another one; Promise.any() and node:net put several errors into one. A cycle is
// endless.
const maxDepth = 4;
const maxErrors = 8;
// A stack has a few kilobytes, and a span would carry several of them.
const maxInnerLength = 16_384;

/** The stack, with those of causes and of an AggregateError's errors as Node prints them: a failed fetch() says nothing without. */
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

/** The errors inside an error, with their labels: its cause, and the errors of an AggregateError. */
function innerOf(exception: unknown): (readonly [label: string, inner: unknown])[] {
  const cause = readProperty(exception, 'cause');
  const inner: (readonly [string, unknown])[] =
    cause === undefined || cause === null || cause === unreadable ? [] : [['cause', cause]];
  const errors = readProperty(exception, 'errors');
  try {
    // Only of an AggregateError: the `errors` of validation libraries are long, and are not errors.
    if (!isAggregate(exception) || !Array.isArray(errors)) return inner;
    for (let index = 0; index < errors.length && index <= maxErrors; index++) {
      inner.push([`errors ${index}`, readProperty(errors, String(index))]);
    }
  } catch {
    // A proxy that throws: the errors found so far are used.
  }
  return inner;
}

/** Also an AggregateError of another realm, and the application's own class of that name. */
function isAggregate(exception: unknown): boolean {
  // isNativeError() first: a proxy is not one, and its prototypes, which instanceof follows, may be endless.
  return (
    (isNativeError(exception) && exception instanceof AggregateError) ||
    readProperty(exception, 'name') === 'AggregateError'
  );
}

function stackOf(exception: unknown): string | undefined {
  const stack = readProperty(exception, 'stack');
  return typeof stack === 'string' ? stack : undefined;
}
