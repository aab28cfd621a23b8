/** Reads the stream of an HTTP/2 response by Node's getter, which the application may have hidden by a property. */
import { ServerResponse } from 'node:http';
import type { Http2ServerResponse, ServerHttp2Stream } from 'node:http2';

let prototype: Http2ServerResponse | undefined;

/**
 * @returns `undefined` for HTTP/1. A property named `stream` is the application's there.
 */
export function http2StreamOf(response: object): ServerHttp2Stream | undefined {
  // Checked first, so that a service without HTTP/2 never loads node:http2.
  if (response instanceof ServerResponse) return undefined;
  prototype ??= process.getBuiltinModule('node:http2').Http2ServerResponse.prototype;
  // Express and other frameworks put an object between the response and this prototype.
  if (!Object.prototype.isPrototypeOf.call(prototype, response)) return undefined;
  return Reflect.get(prototype, 'stream', response) as ServerHttp2Stream | undefined; // the type of that getter
}
