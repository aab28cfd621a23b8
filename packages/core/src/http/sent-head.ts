/**
 * Reads status and headers of a response as they were sent, from the head that Node wrote. The properties of the response may
 * differ: `@fastify/express` redefines `headersSent`, and other middleware assigns `statusCode` after the head was sent.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { http2StreamOf } from './http2-stream.ts';

/** The status that was sent to the client; `undefined` if none was. Never throws. */
export function sentStatusOf(response: ServerResponse): number | undefined {
  try {
    const head = headOf(response);
    if (head !== undefined) return statusWithin(response, head);
    const stream = http2StreamOf(response);
    if (stream !== undefined) return stream.headersSent ? checkStatus(stream.sentHeaders[':status']) : undefined;
    // Not a response of Node's.
    return response.headersSent ? checkStatus(response.statusCode) : undefined;
  } catch {
    return undefined;
  }
}

/** The values of a header that was sent to the client. */
export function sentHeaderOf(response: ServerResponse, lowerCaseName: string): readonly string[] | undefined {
  const head = headOf(response);
  if (head !== undefined) return linesOf(head, lowerCaseName);
  const stream = http2StreamOf(response);
  const value: unknown = stream === undefined ? response.getHeader(lowerCaseName) : stream.sentHeaders?.[lowerCaseName];
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The HTTP/1 head as a string, once Node has rendered it. */
function headOf(response: ServerResponse): string | undefined {
  try {
    const { _header: head } = response as { _header?: unknown }; // undocumented, so its type is checked; a boolean over HTTP/2
    return typeof head === 'string' ? head : undefined;
  } catch {
    return undefined; // over HTTP/2 this reads a property that the application may have replaced
  }
}

/** Reads the head only if necessary: Node has joined it from parts, and reading it copies all of it. */
function statusWithin(response: ServerResponse, head: string): number | undefined {
  try {
    const { statusCode, statusMessage } = response;
    // Node set the message when it wrote the head. If the code fits the message, it is the code that was sent.
    if (typeof statusCode === 'number' && STATUS_CODES[statusCode] === statusMessage) return statusCode;
  } catch {
    // A getter of the application's.
  }
  return checkStatus(Number(/^HTTP\/\d\.\d (\d{3})\b/.exec(head)?.[1]));
}

function checkStatus(status: unknown): number | undefined {
  return typeof status === 'number' && status >= 100 && status <= 999 ? status : undefined;
}

function linesOf(head: string, lowerCaseName: string): readonly string[] | undefined {
  const prefix = `${lowerCaseName}:`;
  const lines = head.split('\r\n').filter((line) => line.slice(0, prefix.length).toLowerCase() === prefix);
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(prefix.length).trim());
}
