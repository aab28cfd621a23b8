/** What of an error's message is recorded: a provider, a gateway or a parser may quote the prompt or the answer in it. */
import { exceptionMessage, exceptionTypeOf } from '../../exception.ts';
import { readProperty } from '../../read-property.ts';

/** A code such as `rate_limit_exceeded`. */
const code = /^[a-z][a-z0-9_.-]{0,63}$/i;
/** Errors of a connection, of its time limit, or of an abort: the SDKs write their messages themselves. */
const ofConnection = /^API(?:Connection(?:Timeout)?|UserAbort)Error$|^AbortError$|^TimeoutError$/;

/** `undefined` if nothing of it is safe. */
export function safeMessage(error: unknown, hasContents: boolean): string | undefined {
  const isSafe = hasContents || ofConnection.test(exceptionTypeOf(error) ?? '');
  if (isSafe) return exceptionMessage(error) || undefined;
  // OpenAI has the code on the error, Anthropic in the body that it answers with; the status alone says little.
  const body = readProperty(error, 'error');
  const given = [
    readProperty(error, 'code'),
    readProperty(error, 'type'),
    readProperty(readProperty(body, 'error'), 'type'),
    readProperty(body, 'type'),
  ].find((value) => typeof value === 'string' && code.test(value) && value !== 'error');
  const status = readProperty(error, 'status') ?? readProperty(error, 'statusCode');
  const parts = [typeof status === 'number' ? String(status) : undefined, given as string | undefined]; // a string: just found
  return parts.filter((part) => part !== undefined).join(' ') || undefined;
}
