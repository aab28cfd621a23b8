/** One request on a connection of its own: a kept one would hide what is wrong with names, ports and certificates. */
import http from 'node:http';
import { TimeoutError } from './explain-failure.ts';
import { type Answer, answerOf, type HttpPostOptions, headersOf } from './http-post.ts';

export interface FailedRequest {
  readonly error: Error;
  /** Whether somebody took the connection. */
  readonly wasConnected: boolean;
}

// More than any receiver has to say about one span.
const maxBodyBytes = 64 * 1024;

// Reading an endless row of them would keep the host busy.
const maxInterimAnswers = 100;

/** Never rejects. */
export function requestOnce(
  options: HttpPostOptions,
  body: Buffer,
  timeoutMs: number,
): Promise<Answer | FailedRequest> {
  const url = new URL(options.url);
  const bytes = options.compression === 'gzip' ? process.getBuiltinModule('node:zlib').gzipSync(body) : body;
  const request = url.protocol === 'http:' ? http.request : process.getBuiltinModule('node:https').request;
  return new Promise((resolve) => {
    let wasConnected = false;
    let sent: http.ClientRequest | undefined;
    const timer = setTimeout(() => fail(new TimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const settle = (result: Answer | FailedRequest): void => {
      clearTimeout(timer);
      resolve(result);
      sent?.destroy();
    };
    const fail = (error: Error): void => settle({ error, wasConnected });
    try {
      sent = request(url, {
        method: 'POST',
        agent: false,
        headers: { ...headersOf(options), 'content-length': bytes.length },
        ...options.tls,
      });
    } catch (error) {
      fail(error as Error); // Node's own
      return;
    }
    sent.on('socket', (socket) => {
      socket.on('connect', () => {
        wasConnected = true;
      });
    });
    sent.on('error', fail);
    let interimAnswers = 0;
    sent.on('information', () => {
      if (++interimAnswers > maxInterimAnswers) fail(new Error('interim answers without end, and none that counts'));
    });
    // Without this listener Node would close the connection, and say nothing.
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
