/** Whether spans that are sent to an address arrive: asked there, by a request without spans. */
import { reachFailure } from './explain-unreachable.ts';

export interface Endpoint {
  /** The address that a sender would post to. */
  readonly url: URL;
  readonly format: 'otlp' | 'zipkin';
  /** What the sender would send along. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is wrong there, or how it should be written; nothing where spans arrive. */
export interface EndpointFault {
  readonly text: string;
  /** With another scheme it works. */
  readonly protocol?: 'http:' | 'https:';
  readonly isTokenMissing?: boolean;
}

const timeoutMs = 3000;

// An ExportTraceServiceRequest without spans is no byte at all.
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
      redirect: 'manual', // senders do not follow
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    const { reason, protocol } = await reachFailure(url, error);
    if (protocol === undefined) return { text: `Nothing takes spans there: ${reason}.` };
    const speaks = protocol === 'https:' ? 'wants TLS' : 'answers without TLS';
    return { text: `What listens there ${speaks}.`, protocol };
  }
  const { status } = response;
  if (status === 401 || status === 403)
    return { text: `It answers ${status}: it wants a token.`, isTokenMissing: true };
  if (!response.ok) return { text: `It answers ${status} to spans: this is another server, or another path.` };
  const type = response.headers.get('content-type') ?? '';
  // A web server may answer 200 to anything.
  const isReceiver = format === 'zipkin' ? text.trim() === '' : text === '' || /protobuf|^application\/json/.test(type);
  return isReceiver
    ? undefined
    : { text: `It answers spans by "${text.trim().slice(0, 40)}": this is another server.` };
}
