// The clients that the contract runs on, behind one interface.
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { Undici } from './undici-versions.ts';

export interface OutboundClient {
  send(url: string, options?: SendOptions): Promise<Answer>;
  /** Whether the client makes no request when the signal is already aborted. */
  readonly checksSignalFirst: boolean;
}

interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  text(): Promise<string>;
  /** Gives up the rest of the body. */
  cancel(): Promise<unknown>;
}

/** Node's `fetch`, or that of a version of undici. The caller follows redirects. */
export function fetchClient(fetch: typeof globalThis.fetch): OutboundClient {
  return {
    checksSignalFirst: true,
    async send(url, options) {
      const response = await fetch(url, { redirect: 'manual', ...options });
      return {
        status: response.status,
        text: () => response.text(),
        cancel: async () => response.body?.cancel(),
      };
    },
  };
}

export function undiciClient({ request }: Undici): OutboundClient {
  return {
    checksSignalFirst: false,
    async send(url, options = {}) {
      const { method = 'GET', ...rest } = options;
      const { statusCode, body } = await request(url, { method: method as 'GET', ...rest }); // takes any method
      return {
        status: statusCode,
        text: () => body.text(),
        cancel: async () => {
          body.on('error', () => {}); // an aborted body emits it
          body.destroy();
        },
      };
    },
  };
}

export const nodeHttpClient: OutboundClient = {
  checksSignalFirst: false,
  send: (url, { body, ...options } = {}) => sendByNode(url, options, body),
};

/** One request by `node:http` or `node:https`, as axios, got and node-fetch do it. */
export async function sendByNode(url: string, options: RequestOptions, body?: string): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.startsWith('https:') ? https.request(url, options) : http.request(url, options);
    request.on('response', resolve).on('error', reject).end(body);
  });
  return {
    status: response.statusCode ?? 0,
    text: () => text(response),
    cancel: async () => {
      response.on('error', () => {}); // an aborted body emits it
      response.destroy();
    },
  };
}
