/** One request on a new connection: a reused connection would hide faults of names, ports and certificates. */
import type http from 'node:http';
import { blameProxy, TimeoutError } from './explain-failure.ts';
import { type HttpClient, openClient } from './http-client.ts';
import { type Answer, answerOf, type HttpPostOptions, headersOf } from './http-post.ts';

export interface FailedRequest {
  readonly error: Error;
  /** Whether the connection was made. */
  readonly wasConnected: boolean;
}

// More than any receiver answers about one span.
const maxBodyBytes = 64 * 1024;

// An endless sequence of them would keep the host busy.
const maxInterimAnswers = 100;

/** Never rejects. */
export function requestOnce(
  options: HttpPostOptions,
  body: Buffer,
  timeoutMs: number,
): Promise<Answer | FailedRequest> {
  const bytes = options.compression === 'gzip' ? process.getBuiltinModule('node:zlib').gzipSync(body) : body;
  return new Promise((resolve) => {
    let wasConnected = false;
    let sent: http.ClientRequest | undefined;
    let client: HttpClient | undefined;
    const timer = setTimeout(() => fail(new TimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const settle = (result: Answer | FailedRequest): void => {
      clearTimeout(timer);
      resolve(result);
      sent?.destroy();
      client?.close();
    };
    const fail = (error: Error): void => settle({ error: blameProxy(error, options), wasConnected });
    try {
      client = openClient({ ...options, keepAlive: false, timeoutMs });
      sent = client.post({ ...headersOf(options), 'content-length': bytes.length });
    } catch (error) {
      fail(error as Error); // Node's own
      return;
    }
    sent.on('socket', (socket) => {
      wasConnected = !socket.connecting; // a proxy made the connection
      socket.on('connect', () => {
        wasConnected = true;
      });
    });
    sent.on('error', fail);
    let interimAnswers = 0;
    sent.on('information', () => {
      if (++interimAnswers > maxInterimAnswers) fail(new Error('only interim answers, and no final one'));
    });
    // Without this listener Node closes the connection silently.
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      settle(answerOf(response, Buffer.alloc(0)));
    });
    sent.on('response', (response) => readAnswer(response).then(settle, fail));
    sent.end(bytes);
  });
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let byteCount = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    byteCount += part.length;
    if (byteCount > maxBodyBytes) break;
  }
  return answerOf(response, Buffer.concat(parts));
}
