/**
 * The code of the thread of post-and-wait.ts. It is a string, since a bundler may move or rename every module, and a thread that
 * loaded a bundle would start the application a second time.
 */

/** One request, as plain data that can be sent to a thread. */
export interface PlainRequest {
  readonly isSecure: boolean;
  /** Options for `request()` of `node:http` or `node:https`, with headers. */
  readonly options: object;
  /** Options for the CONNECT request to a proxy. TLS runs inside that connection. */
  readonly tunnel?: { readonly isSecure: boolean; readonly options: object; readonly tls: object } | undefined;
  readonly body: readonly Uint8Array[];
}

/** The result of a request: an answer, or an error. */
export type PlainResult =
  | { readonly status: number; readonly headers: object; readonly body: Uint8Array }
  | { readonly message: string; readonly code: string | undefined; readonly isOfProxy: boolean };

/** The start data of the thread. */
export interface PostWorkerData {
  /** How many results have been posted. */
  readonly resultCount: Int32Array;
  /** Takes requests, and posts `[index, result]` for each. */
  readonly port: import('node:worker_threads').MessagePort;
}

// As many requests at a time as the queue sends.
export const postWorkerSource = `
'use strict';
const http = require('node:http');
const { workerData: { resultCount, port } } = require('node:worker_threads');

port.once('message', async ({ requests, maxRequests, maxBodyBytes }) => {
  let next = 0;
  async function work() {
    while (next < requests.length) {
      const index = next++;
      const result = await send(requests[index]).catch((error) => ({
        message: String(error.message),
        code: error.code,
        isOfProxy: error.isOfProxy === true,
      }));
      port.postMessage([index, result]);
      Atomics.add(resultCount, 0, 1);
      Atomics.notify(resultCount, 0);
    }
  }
  await Promise.all(Array.from({ length: maxRequests }, work));

  async function send({ isSecure, options, tunnel, body }) {
    const socket = tunnel && (await connect(tunnel));
    return new Promise((resolve, reject) => {
      const request = moduleFor(isSecure).request({ ...options, ...(socket && { createConnection: () => socket }) });
      request.on('error', reject);
      request.on('response', (response) => {
        const parts = [];
        let byteCount = 0;
        response.on('data', (part) => {
          byteCount += part.length;
          if (byteCount <= maxBodyBytes) parts.push(part);
          else response.destroy(new Error('the answer is longer than ' + maxBodyBytes + ' bytes'));
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: { ...response.headers }, body: Buffer.concat(parts) });
        });
      });
      for (const part of body) request.write(part);
      request.end();
    });
  }
});

function connect({ isSecure, options, tls }) {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(Object.assign(error, { isOfProxy: true }));
    const request = moduleFor(isSecure).request(options);
    request.on('error', fail);
    request.on('connect', ({ statusCode, statusMessage }, socket) => {
      if (statusCode >= 200 && statusCode < 300) resolve(require('node:tls').connect({ socket, ...tls }));
      else fail(new Error('HTTP ' + statusCode + ' ' + statusMessage));
    });
    request.end();
  });
}

function moduleFor(isSecure) {
  return isSecure ? require('node:https') : http;
}
`;
