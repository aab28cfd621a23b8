/** Checks whether an address accepts spans, by a request without spans. */
import { reachFailure } from './explain-unreachable.ts';

export interface Endpoint {
  /** The address to which an exporter would post. */
  readonly url: URL;
  readonly format: 'otlp' | 'zipkin';
  /** The headers that an exporter would send. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Why the address does not accept spans. */
export interface EndpointFault {
  readonly text: string;
  /** The scheme with which it would work. */
  readonly protocol?: 'http:' | 'https:';
  readonly isTokenMissing?: boolean;
}

const timeoutMs = 3000;

// An ExportTraceServiceRequest without spans is an empty body.
const requests = {
  otlp: { contentType: 'application/x-protobuf', body: new Uint8Array() },
  zipkin: { contentType: 'application/json', body: '[]' },
} as const;

export async function checkEndpoint({ url, format, headers }: Endpoint): Promise<EndpointFault | undefined> {
  const { contentType, body } = requests[format];
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body,
      redirect: 'manual', // exporters do not follow redirects
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    const { reason, protocol } = await reachFailure(url, error);
    if (protocol === undefined) return { text: `Nothing accepts spans at this address: ${reason}.` };
    const speaks = protocol === 'https:' ? 'needs TLS' : 'does not use TLS';
    return { text: `The server ${speaks}.`, protocol };
  }
  const { status } = response;
  if (status === 401 || status === 403)
    return { text: `The server answers ${status}: it needs a token.`, isTokenMissing: true };
  if (!response.ok) return { text: `The server answers ${status} to spans: the host or the path is wrong.` };
  const type = response.headers.get('content-type') ?? '';
  // Some web servers answer 200 to any request.
  const isReceiver = format === 'zipkin' ? text.trim() === '' : text === '' || /protobuf|^application\/json/.test(type);
  return isReceiver
    ? undefined
    : { text: `The server answers spans with "${text.trim().slice(0, 40)}": it is not a collector.` };
}
