/**
 * Decides whether a failed span only passes on the failure of a span below it. Errors pass up through spans and through
 * services. One failure is counted once, where it began.
 *
 * | The outer span has | The same failure? |
 * |---|---|
 * | no message, or only a status: `500`, `Internal Server Error`, `fetch failed` | yes, but for the name of another exception |
 * | the message of the inner one | yes, but for the names of two exceptions |
 * | a longer message, with that of the inner one or its HTTP status in it | yes: it was wrapped |
 * | the message of the inner one, with values in place of `?` | yes: a database call leaves the values out |
 * | another message | no: another failure |
 */
import type { SpanError } from './outline.ts';

export function isSameFailure(outer: SpanError, inner: SpanError): boolean {
  const areTwoNames = isExceptionName(outer.type) && isExceptionName(inner.type) && outer.type !== inner.type;
  const message = ownMessage(outer.message, 500);
  if (message === '') return outer.message === fetchFailed || !areTwoNames;
  const innerMessage = ownMessage(inner.message, 200);
  if (message === innerMessage) return !areTwoNames;
  if (innerMessage.length >= leastWrapped && includesWithValues(message, innerMessage)) return true;
  const { type = '' } = inner;
  return /^[45]\d\d$/.test(type) && new RegExp(`(?<!\\d)${type}(?!\\d)`).test(message);
}

/** Whether a message has the parts of another one between its `?`, in order. Most messages have none: one part. */
function includesWithValues(message: string, withoutValues: string): boolean {
  const parts = withoutValues.split('?');
  if (parts.length > 1 && parts.join('').trim().length < leastWrapped) return false;
  let at = 0;
  for (const part of parts) {
    const found = message.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}

/** A shorter message may be part of another one by chance. */
const leastWrapped = 8;

/** `TypeError`, `java.io.IOException`, `PrismaClientKnownRequestError`; not `500`, `timeout`, `ECONNREFUSED`, `_OTHER`. */
function isExceptionName(type = ''): boolean {
  return /[A-Z][a-z]/.test(type);
}

/** Node's fetch has this message for any fault. The reason is in the cause, and in the client span below. */
const fetchFailed = 'fetch failed';

// The messages that instrumentations write for a status.
const genericMessage =
  /^(?:(?:http )?(?:status )?(?:code )?:? ?[45]\d\d(?:[ :][a-z' -]{0,40})?|internal server error|bad gateway|service unavailable|gateway timeout|error)\.?$/i;

function ownMessage(message: string | undefined, maxLength: number): string {
  const text = message?.slice(0, maxLength).trim() ?? '';
  return text === fetchFailed || genericMessage.test(text) ? '' : text;
}
