/**
 * What is recorded of a thrown value, whatever it is. Nothing here throws: the value is the host's, and so are its getters.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
import type { Attributes } from './attributes.ts';
import { readProperty } from './read-property.ts';
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

function exceptionType(exception: object): string {
  const name = readProperty(exception, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  // A bare `Error` says nothing, where the name of its class or Node's code (`ECONNREFUSED`) does.
  const className = readProperty(readProperty(exception, 'constructor'), 'name');
  if (typeof className === 'string' && className !== '' && className !== 'Error') return className;
  const code = readProperty(exception, 'code');
  return typeof code === 'string' && code !== '' ? code : 'Error';
}

// fetch() has one, whose cause may have another; a cycle has no end.
const maxCauses = 4;

/** The stack, and those of its causes as Node prints them: that of a failed fetch() says nothing without. */
function exceptionStack(exception: object): string | undefined {
  let text = stackOf(exception);
  let cause = readProperty(exception, 'cause');
  for (let depth = 0; text !== undefined && depth < maxCauses && cause !== undefined && cause !== null; depth++) {
    text += `\n[cause]: ${stackOf(cause) ?? toText(cause)}`;
    cause = readProperty(cause, 'cause');
  }
  return text;
}

function stackOf(exception: unknown): string | undefined {
  const stack = readProperty(exception, 'stack');
  return typeof stack === 'string' ? stack : undefined;
}
