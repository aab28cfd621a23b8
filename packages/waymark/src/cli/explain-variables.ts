/** What the variables that are set do to the spans of an application that is started with them. */
import type { Diagnosis } from './doctor.ts';
import type { Environment } from './find-collector.ts';

export function* explainVariables(env: Environment, collectorUrl: string): Generator<Diagnosis> {
  const names = Object.keys(env)
    .filter((name) => /^(OTEL|WAYMARK)_/.test(name) && env[name] !== '')
    .sort();
  if (names.length === 0) {
    yield {
      state: 'note',
      text: 'No variable OTEL_… or WAYMARK_… is set here: exporters send to http://localhost:4318.',
    };
  }
  for (const name of names) yield explain(name, env[name] ?? '', collectorUrl);
  yield* explainProxy(env);
}

function explain(name: string, value: string, collectorUrl: string): Diagnosis {
  const text = `${name}=${isSecret(name) ? '(not shown)' : value}`;
  switch (name) {
    case 'OTEL_SDK_DISABLED':
      return value.toLowerCase() === 'true'
        ? { state: 'bad', text, remedy: 'Nothing is traced. Unset it.' }
        : { state: 'good', text };
    case 'OTEL_TRACES_EXPORTER':
      return /\b(otlp|zipkin)\b/.test(value)
        ? { state: 'good', text }
        : { state: 'bad', text, remedy: 'Spans are not sent. Unset it, or set otlp.' };
    case 'OTEL_TRACES_SAMPLER':
      return /always_off/.test(value)
        ? { state: 'bad', text, remedy: 'No trace starts here. Unset it.' }
        : { state: /ratio/.test(value) ? 'note' : 'good', text };
    case 'OTEL_TRACES_SAMPLER_ARG':
      return { state: Number(value) < 1 ? 'note' : 'good', text };
    case 'OTEL_EXPORTER_OTLP_PROTOCOL':
    case 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL':
      return value === 'grpc'
        ? { state: 'bad', text, remedy: 'The collector does not speak gRPC. Set http/protobuf.' }
        : { state: 'good', text };
    case 'OTEL_EXPORTER_OTLP_ENDPOINT':
    case 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT':
      return explainEndpoint(name, text, value, collectorUrl);
    default:
      return { state: 'good', text };
  }
}

function explainEndpoint(name: string, text: string, value: string, collectorUrl: string): Diagnosis {
  const endpoint = URL.canParse(value) ? new URL(value) : undefined;
  if (endpoint === undefined) return { state: 'bad', text, remedy: 'This is no URL: it wants http:// in front.' };
  const isWhole = name === 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  if (isWhole && !endpoint.pathname.endsWith('/v1/traces')) {
    return {
      state: 'bad',
      text,
      remedy: `This one is taken as it is: it must end with /v1/traces, as ${collectorUrl}/v1/traces.`,
    };
  }
  if (!isWhole && endpoint.pathname.endsWith('/v1/traces')) {
    return { state: 'bad', text, remedy: '/v1/traces is put behind this one by the exporter: leave it out.' };
  }
  if (endpoint.port === '4317') {
    return { state: 'bad', text, remedy: '4317 is for gRPC. OTLP over HTTP is at 4318.' };
  }
  const collector = new URL(collectorUrl);
  const isElsewhere = placeOf(endpoint) !== placeOf(collector);
  if (!isElsewhere) return { state: 'good', text };
  return { state: 'note', text, remedy: `Spans go there, and not to the collector at ${collectorUrl}.` };
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
      text: `${name} is set; Node heeds it only with NODE_USE_ENV_PROXY.`,
      ...(env.NODE_USE_ENV_PROXY
        ? { remedy: 'Set NO_PROXY=localhost,127.0.0.1 for spans to reach the collector.' }
        : {}),
    };
  }
}

function isSecret(name: string): boolean {
  return /HEADERS|TOKEN|KEY|SECRET|PASSWORD/.test(name);
}
