/** How a response ended: completely, or broken off, and by which side. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readProperty } from '../read-property.ts';
import { http2StreamOf } from './http2-stream.ts';
import { sentHeaderOf } from './sent-head.ts';

// RFC 9113, section 7: NO_ERROR.
const noError = 0;

/** Whether Node gave all of a finished response to the operating system. Never throws. */
export function isHandedOver(response: ServerResponse, socket: Socket | undefined): boolean {
  try {
    // HTTP/2 emits 'finish' for every stream that closes; the reset code says how.
    const stream = http2StreamOf(response);
    if (stream !== undefined) return stream.rstCode === noError && !stream.aborted;
    // Up to Node 22, 'finish' also follows a write that failed.
    return socket?.destroyed !== true;
  } catch {
    return true; // 'finish' came, and nothing contradicts it
  }
}

/** Whether this is a stream of server-sent events, which ends only when the client closes it. */
export function isEventStream(response: ServerResponse): boolean {
  try {
    // RFC 9110, section 8.3.1: types are compared without case.
    const [type] = sentHeaderOf(response, 'content-type') ?? [];
    return type !== undefined && /^text\/event-stream\s*(?:;|$)/i.test(type);
  } catch {
    return false;
  }
}

/**
 * Whether this server gave up the response because it took too long.
 *
 * @param sawTimeout Whether 'timeout' was emitted: by `server.timeout`, `setTimeout()` of request, response or socket.
 */
export function isTimedOut(response: ServerResponse, socket: Socket | undefined, sawTimeout: boolean): boolean {
  // Node's requestTimeout and Fastify's handlerTimeout destroy it with an error that says so.
  const error = readProperty(response, 'errored') ?? readProperty(socket, 'errored');
  if (isTimeoutError(error)) return true;
  // After a timeout that the application ignored, the client may have closed the connection itself.
  return sawTimeout && !isReset(error) && readProperty(socket, 'readableEnded') !== true;
}

function isTimeoutError(error: unknown): boolean {
  const code = readProperty(error, 'code');
  return (typeof code === 'string' && /TIMEOUT|TIMEDOUT/.test(code)) || readProperty(error, 'name') === 'TimeoutError';
}

function isReset(error: unknown): boolean {
  const code = readProperty(error, 'code');
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
}
