/** The stream of a response that goes out over HTTP/2: by Node's own getter, whatever the application has put beside it. */
import { ServerResponse } from 'node:http';
import type { Http2ServerResponse, ServerHttp2Stream } from 'node:http2';

let prototype: Http2ServerResponse | undefined;

/**
 * @returns `undefined` for HTTP/1, where a property named `stream` is the application's.
 */
export function http2StreamOf(response: object): ServerHttp2Stream | undefined {
  // Asked first, so that a service of HTTP/1 alone never loads node:http2.
  if (response instanceof ServerResponse) return undefined;
  prototype ??= process.getBuiltinModule('node:http2').Http2ServerResponse.prototype;
  // Express and its like put their own object between the response and this prototype.
  if (!Object.prototype.isPrototypeOf.call(prototype, response)) return undefined;
  return Reflect.get(prototype, 'stream', response) as ServerHttp2Stream | undefined; // the type of that getter
}
