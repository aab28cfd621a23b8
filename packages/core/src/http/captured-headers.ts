/** Records headers as attributes: those that the application names, and never those that carry credentials. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AttributeList } from '../attributes.ts';
import { isToken } from '../baggage.ts';
import { invalidOption } from '../errors.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { UrlRedaction } from '../urls/url-redaction.ts';
import { carriesCredentials } from './credential-headers.ts';
import { sentHeaderOf } from './sent-head.ts';

/** Names of the headers to record, in any case. */
export interface CaptureHeaders {
  /** Recorded as `http.request.header.<name>`. */
  readonly request?: readonly string[] | undefined;
  /** Recorded as `http.response.header.<name>`, as the response was sent. */
  readonly response?: readonly string[] | undefined;
}

/** The headers of one direction. */
export interface HeaderCapture {
  readonly fields: readonly { readonly name: string; readonly attribute: string }[];
  readonly redaction: UrlRedaction;
}

export interface HeaderCaptures {
  readonly request: HeaderCapture | undefined;
  readonly response: HeaderCapture | undefined;
}

/**
 * Headers whose value is or contains a URL in any form, also one without scheme or slash, such as `?code=…`. In other headers
 * only values that look like a URL are redacted.
 */
const urlHeaders: ReadonlySet<string> = new Set([
  // RFC 9110, RFC 6454 (origin), RFC 4918 (destination); `refresh` is HTML's.
  'content-location',
  'destination',
  'location',
  'origin',
  'referer',
  'refresh',
  // What a proxy has rewritten: IIS and Azure, nginx, Traefik, Envoy, oauth2-proxy.
  'x-auth-request-redirect',
  'x-envoy-original-path',
  'x-forwarded-path',
  'x-forwarded-uri',
  'x-forwarded-url',
  'x-ms-original-url',
  'x-original-uri',
  'x-original-url',
  'x-request-uri',
  'x-rewrite-url',
  'x-waws-unencoded-url',
  // nginx, htmx, source maps.
  'hx-current-url',
  'hx-location',
  'hx-push-url',
  'hx-redirect',
  'hx-replace-url',
  'sourcemap',
  'x-accel-redirect',
]);

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that is not a header name, and for a header that carries credentials.
 */
export function compileCaptureHeaders(
  capture: CaptureHeaders | undefined,
  redaction: UrlRedaction,
): HeaderCaptures | undefined {
  if (capture === undefined) return undefined;
  const { request, response, ...rest } = (capture ?? {}) as CaptureHeaders; // null is refused below, with other types
  if (capture === null || typeof capture !== 'object' || Object.keys(rest).length > 0) {
    throw invalidOption(
      'captureHeaders',
      capture,
      '{ request, response }, each an array of header names',
      'Leave it out to record none.',
    );
  }
  return {
    request: compileDirection('request', request, redaction),
    response: compileDirection('response', response, redaction),
  };
}

function compileDirection(
  direction: 'request' | 'response',
  names: readonly string[] | undefined,
  redaction: UrlRedaction,
): HeaderCapture | undefined {
  if (names === undefined) return undefined;
  const option = `captureHeaders.${direction}`;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && isToken(name))) {
    throw invalidOption(option, names, 'an array of header names', "Use ['x-request-id'].");
  }
  const lowerCased = new Set(names.map((name) => name.toLowerCase()));
  const denied = [...lowerCased].find(carriesCredentials);
  if (denied !== undefined) {
    throw invalidOption(
      option,
      denied,
      'without headers that carry credentials',
      'Remove it: these are never recorded. To distinguish callers, set an attribute such as user.id on the span.',
    );
  }
  const fields = [...lowerCased].map((name) => ({ name, attribute: `http.${direction}.header.${name}` }));
  return fields.length === 0 ? undefined : { fields, redaction };
}

/** Adds the headers of a request that came in. */
export function pushRequestHeaders(
  { fields, redaction }: HeaderCapture,
  headers: IncomingHttpHeaders,
  list: AttributeList,
): void {
  for (const { name, attribute } of fields) {
    const values = valuesOf(headers[name], name, redaction);
    if (values !== undefined) list.push(attribute, values);
  }
}

/** Sets the headers of a response as it was sent. */
export function recordResponseHeaders(
  { fields, redaction }: HeaderCapture,
  response: ServerResponse,
  span: RecordingSpan,
): void {
  for (const { name, attribute } of fields) {
    const values = valuesOf(sentHeaderOf(response, name), name, redaction);
    if (values !== undefined) span.setAttribute(attribute, values);
  }
}

function valuesOf(
  value: number | string | readonly string[] | undefined,
  name: string,
  redaction: UrlRedaction,
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const values = (Array.isArray(value) ? value : [value]).map(String);
  return values.map((text) => redactHeader(text, name, redaction));
}

function redactHeader(value: string, name: string, redaction: UrlRedaction): string {
  // RFC 8288: URLs in angle brackets, and parameters between them.
  if (name === 'link')
    return value
      .split('>')
      .map((part) => part.split('<').map(redaction.url).join('<'))
      .join('>');
  const hasUrl = urlHeaders.has(name) || value.includes('://') || value.startsWith('/');
  return hasUrl ? redaction.url(value) : value;
}
