/** One request on a connection of its own: a kept one would hide what is wrong with names, ports and certificates. */
import type http from 'node:http';
import { blameProxy, TimeoutError } from './explain-failure.ts';
import { type HttpClient, openClient } from './http-client.ts';
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
      wasConnected = !socket.connecting; // a proxy has connected it
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
