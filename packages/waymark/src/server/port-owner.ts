/** Finds out which program has a port, as far as requests to it can tell. */

/** The program that has a port. */
export interface PortOwner {
  /** `http` for another web server, `unknown` for a program that does not answer. */
  readonly kind: 'waymark' | 'jaeger' | 'zipkin' | 'otlp' | 'http' | 'unknown';
  /** For messages: `another waymark, version 0.1.0`. */
  readonly description: string;
}

// The program may be busy, for example because it is starting.
const askMs = 2000;

/** Never rejects. */
export async function findPortOwner(port: number): Promise<PortOwner> {
  const base = `http://127.0.0.1:${port}`;
  const [waymark, otlp, zipkin, root] = await Promise.all([
    ask(`${base}/waymark/status`),
    ask(`${base}/v1/traces`),
    ask(`${base}/health`),
    ask(`${base}/`),
  ]);
  const version = waymarkVersion(waymark?.text);
  if (version !== undefined) return { kind: 'waymark', description: `another waymark, version ${version}` };
  if (zipkin?.text.includes('"zipkin"')) return { kind: 'zipkin', description: 'Zipkin' };
  if (otlp?.status === 405) {
    // Jaeger has the receiver of the OpenTelemetry Collector. Only Jaeger's UI differs.
    const jaeger = await ask('http://127.0.0.1:16686/api/services');
    return jaeger?.status === 200
      ? { kind: 'jaeger', description: 'Jaeger' }
      : { kind: 'otlp', description: 'an OpenTelemetry Collector, or a program with one inside' };
  }
  if (root === undefined) return { kind: 'unknown', description: 'another program' };
  const name = root.server === null ? '' : ` (${root.server})`;
  return { kind: 'http', description: `another HTTP server${name}` };
}

interface Answer {
  readonly status: number;
  readonly server: string | null;
  readonly text: string;
}

async function ask(url: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(askMs), redirect: 'manual' });
    const text = (await readStart(response)).replace(/\s+/g, ' ');
    return { status: response.status, server: response.headers.get('server'), text };
  } catch {
    return undefined; // nothing listens, or the program does not speak HTTP
  }
}

async function readStart(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > 10_000) break;
  }
  return text;
}

function waymarkVersion(text: string | undefined): string | undefined {
  try {
    const { version, urls } = JSON.parse(text ?? '') as { version?: unknown; urls?: { viewer?: unknown } };
    return typeof version === 'string' && typeof urls?.viewer === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
