/** Explains what the environment variables do to the spans of an application that is started with them. */
import { checkEndpoint } from './check-endpoint.ts';
import type { Environment } from './command.ts';
import type { Diagnosis } from './diagnosis.ts';

export interface CollectorPlaces {
  readonly url: string;
  /** Where the collector accepts Zipkin's spans. */
  readonly zipkinUrl: string;
}

export async function* explainVariables(env: Environment, places: CollectorPlaces): AsyncGenerator<Diagnosis> {
  const names = Object.keys(env)
    .filter((name) => /^(OTEL|WAYMARK)_/.test(name) && env[name] !== '')
    .sort();
  for (const name of names) {
    if (isEndpoint(name)) yield await explainEndpoint(name, env, places);
    else yield explain(name, env[name] ?? '');
  }
  yield* explainDefault(names, env, places);
  yield* explainProxy(env);
}

/** Where spans go if no variable sets an address. Not a fault, since the application may set it in code. */
function* explainDefault(names: readonly string[], env: Environment, { url }: CollectorPlaces): Generator<Diagnosis> {
  if (names.some(isEndpoint)) return;
  const usesZipkin = /\bzipkin\b/.test(env.OTEL_TRACES_EXPORTER ?? '');
  const text =
    names.length === 0 ? 'No OTEL_… or WAYMARK_… variable is set here' : 'No variable with an address is set here';
  if (usesZipkin) {
    yield { state: 'note', text: `${text}: exporters send to http://localhost:9411/api/v2/spans.` };
    return;
  }
  const isThere = placeOf(new URL(url)) === 'localhost:4318';
  yield {
    state: 'note',
    text: `${text}: exporters send to http://localhost:4318${isThere ? '.' : ', not to this collector.'}`,
    ...(!isThere && { remedy: `Set OTEL_EXPORTER_OTLP_ENDPOINT=${url}` }),
  };
}

function explain(name: string, value: string): Diagnosis {
  const text = `${name}=${isSecret(name) ? '(not shown)' : value}`;
  switch (name) {
    case 'OTEL_SDK_DISABLED':
      return value.toLowerCase() === 'true'
        ? { state: 'bad', text, remedy: 'Nothing is traced. Unset this variable.' }
        : { state: 'good', text };
    case 'OTEL_TRACES_EXPORTER':
      return /\b(otlp|zipkin)\b/.test(value)
        ? { state: 'good', text }
        : { state: 'bad', text, remedy: `Spans are not sent. Set ${name}=otlp` };
    case 'OTEL_TRACES_SAMPLER':
      return /always_off/.test(value)
        ? { state: 'bad', text, remedy: 'No trace starts here. Unset this variable.' }
        : { state: /ratio/.test(value) ? 'note' : 'good', text };
    case 'OTEL_TRACES_SAMPLER_ARG':
      return { state: Number(value) < 1 ? 'note' : 'good', text };
    case 'OTEL_EXPORTER_OTLP_PROTOCOL':
    case 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL':
      return value === 'grpc'
        ? { state: 'bad', text, remedy: `The collector does not support gRPC. Set ${name}=http/protobuf` }
        : { state: 'good', text };
    default:
      return { state: 'good', text };
  }
}

const endpoints = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'otlp',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'otlp',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'zipkin',
} as const;

function isEndpoint(name: string): name is keyof typeof endpoints {
  return Object.hasOwn(endpoints, name);
}

async function explainEndpoint(
  name: keyof typeof endpoints,
  env: Environment,
  { url: collectorUrl, zipkinUrl }: CollectorPlaces,
): Promise<Diagnosis> {
  const value = env[name] ?? '';
  const format = endpoints[name];
  const isBase = name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const text = `${name}=${withoutPassword(value)}`;
  const right = format === 'zipkin' ? zipkinUrl : isBase ? collectorUrl : `${collectorUrl}/v1/traces`;
  const bad = (reason: string, better = right): Diagnosis => ({
    state: 'bad',
    text,
    remedy: `${reason} Set ${name}=${better}`,
  });
  const endpoint = URL.canParse(value) ? new URL(value) : undefined;
  if (endpoint === undefined || !/^https?:$/.test(endpoint.protocol)) {
    const whole = `http://${value}`;
    return bad('This is not a URL: it must start with http://.', URL.canParse(whole) ? whole : right);
  }
  if (endpoint.port === '4317') return bad('Port 4317 is for gRPC. OTLP over HTTP uses port 4318.');
  const path = endpoint.pathname.replace(/\/+$/, '');
  if (isBase && path.endsWith('/v1/traces')) {
    const base = value.replace(/\/v1\/traces\/*$/, '');
    return bad('The exporter adds /v1/traces to this address: leave it out.', base);
  }
  if (!isBase && path === '') {
    const wanted = format === 'zipkin' ? '/api/v2/spans' : '/v1/traces';
    return bad(`The exporter adds nothing to this address: it must end with ${wanted}.`, endpoint.origin + wanted);
  }
  const url = isBase ? new URL(`${endpoint.origin}${path}/v1/traces${endpoint.search}`) : endpoint;
  const fault = await checkEndpoint({ url, format, headers: format === 'otlp' ? readHeaders(env) : {} });
  if (fault?.protocol !== undefined) return bad(fault.text, value.replace(/^https?:/, fault.protocol));
  if (fault?.isTokenMissing) {
    const variable = 'OTEL_EXPORTER_OTLP_HEADERS';
    return {
      state: 'bad',
      text,
      remedy: `${fault.text} Set ${variable}="authorization=Bearer TOKEN", with the token that the collector printed`,
    };
  }
  if (fault !== undefined) return bad(fault.text);
  const isHere = [collectorUrl, zipkinUrl].some((place) => placeOf(new URL(place)) === placeOf(endpoint));
  if (isHere) return { state: 'good', text };
  return { state: 'note', text, remedy: `Spans go to this address, not to the collector at ${collectorUrl}.` };
}

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
function readHeaders(env: Environment): Record<string, string> {
  const text = env.OTEL_EXPORTER_OTLP_TRACES_HEADERS || env.OTEL_EXPORTER_OTLP_HEADERS || '';
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    const value = decode(pair.slice(equals + 1).trim());
    // An invalid header would keep the request from being sent.
    if (equals > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value)) headers[name] = value;
  }
  return headers;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/?#@]*@/, '//(not shown)@');
}

function placeOf({ hostname, port, protocol }: URL): string {
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  return `${isLocal ? 'localhost' : hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

function* explainProxy(env: Environment): Generator<Diagnosis> {
  for (const name of ['HTTP_PROXY', 'http_proxy']) {
    if (!env[name]) continue;
    yield {
      state: 'note',
      text: `${name} is set. Node uses it only with NODE_USE_ENV_PROXY.`,
      ...(env.NODE_USE_ENV_PROXY
        ? { remedy: 'Set NO_PROXY=localhost,127.0.0.1 so that spans reach the collector.' }
        : {}),
    };
  }
}

function isSecret(name: string): boolean {
  return /HEADERS|TOKEN|KEY|SECRET|PASSWORD/.test(name);
}
