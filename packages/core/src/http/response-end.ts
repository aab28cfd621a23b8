/** How a response ended: whole, by itself, or broken off, and by what. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readProperty } from '../read-property.ts';
import { http2StreamOf } from './http2-stream.ts';
import { sentHeaderOf } from './sent-head.ts';

// RFC 9113, section 7: NO_ERROR.
const noError = 0;

/** Whether a response that has finished was handed to the operating system whole. Never throws. */
export function isHandedOver(response: ServerResponse, socket: Socket | undefined): boolean {
  try {
    // HTTP/2 tells 'finish' of every stream that closes; the reset code says how.
    const stream = http2StreamOf(response);
    if (stream !== undefined) return stream.rstCode === noError && !stream.aborted;
    // Up to Node 22, a write that failed is followed by 'finish' all the same.
    return socket?.destroyed !== true;
  } catch {
    return true; // it did finish, and nothing says otherwise
  }
}

/** Whether this is a stream of events, which has no other end than that the client goes. */
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
 * Whether this server gave the response up since it took too long.
 *
 * @param sawTimeout Whether 'timeout' was emitted: by `server.timeout`, `setTimeout()` of request, response or socket.
 */
export function isTimedOut(response: ServerResponse, socket: Socket | undefined, sawTimeout: boolean): boolean {
  // Node's requestTimeout, Fastify's handlerTimeout: they destroy it with an error that says so.
  const error = readProperty(response, 'errored') ?? readProperty(socket, 'errored');
  if (isTimeoutError(error)) return true;
  // The client may have gone of its own accord after a timeout that the application let pass.
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
