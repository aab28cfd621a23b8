// Our answers by version 3 of Jaeger's API, compared with Jaeger's for the same spans.
import { randomBytes } from 'node:crypto';
import { type Collector, startCollector } from 'waymark';
import { backend, describeWith } from './backends.ts';
import { poll } from './poll.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers from outside, compared as a whole
type Json = any;

const traceId = randomBytes(16).toString('hex');
const service = `v3-${traceId.slice(0, 8)}`;
const startMs = Date.now() - 5000;

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

const request = {
  resourceSpans: [
    {
      resource: { attributes: [text('service.name', service), text('host.name', 'one')] },
      scopeSpans: [
        {
          scope: { name: 'lib', version: '1.2.3' },
          spans: [
            {
              traceId,
              spanId: '1'.repeat(16),
              name: 'GET /',
              kind: 2,
              startTimeUnixNano: `${startMs}000123`,
              endTimeUnixNano: `${startMs + 50}000456`,
              attributes: [text('http.route', '/'), { key: 'count', value: { intValue: '7' } }],
              events: [{ timeUnixNano: `${startMs + 1}000000`, name: 'cache.miss', attributes: [text('key', 'a')] }],
              status: { code: 2, message: 'failed' },
            },
            {
              traceId,
              spanId: '2'.repeat(16),
              parentSpanId: '1'.repeat(16),
              name: 'SELECT',
              kind: 3,
              startTimeUnixNano: `${startMs + 2}000000`,
              endTimeUnixNano: `${startMs + 3}000000`,
              attributes: [text('db.system.name', 'postgresql')],
            },
          ],
        },
      ],
    },
  ],
};

describeWith('jaeger')("Jaeger's API, version 3", () => {
  let own: Collector;

  beforeAll(async () => {
    own = await startCollector({ port: 0 });
    for (const url of [`${own.url}/v1/traces`, backend('jaeger').otlp]) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) });
      expect(status).toBe(200);
    }
    await poll('the trace', () => ask(backend('jaeger').query, `/api/v3/traces/${traceId}`), hasAll);
  });
  afterAll(() => own.close());

  async function ask(url: string, path: string): Promise<{ status: number; body: Json }> {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.json() };
  }

  function hasAll({ status, body }: { status: number; body: Json }): boolean {
    return status === 200 && spansOf(body).length === 2;
  }

  const iso = (ms: number): string => new Date(ms).toISOString();
  // With a depth: before 2.19 Jaeger's store in memory refuses a search without one.
  const times = `query.num_traces=20&query.start_time_min=${iso(startMs - 60_000)}&query.start_time_max=${iso(startMs + 60_000)}`;

  test.each([
    ['a trace', `/api/v3/traces/${traceId}`],
    ['a search', `/api/v3/traces?query.service_name=${service}&${times}`],
    ['a search by operation', `/api/v3/traces?query.service_name=${service}&query.operation_name=SELECT&${times}`],
    ['a search by duration', `/api/v3/traces?query.service_name=${service}&query.duration_min=20ms&${times}`],
  ])('gives %s with equal fields', async (_, path) => {
    const theirs = await ask(backend('jaeger').query, path);
    const ours = await ask(own.url, path);
    expect([theirs.status, ours.status]).toEqual([200, 200]);
    expect(spansOf(ours.body)).toEqual(spansOf(theirs.body));
  });

  test.each([
    ['operations', `/api/v3/operations?service=${service}`],
    ['operations of a kind', `/api/v3/operations?service=${service}&span_kind=client`],
  ])('gives equal %s', async (_, path) => {
    const sorted = ({ body }: { body: Json }) =>
      body.operations.sort((one: Json, other: Json) => (one.name < other.name ? -1 : 1));
    expect(sorted(await ask(own.url, path))).toEqual(sorted(await ask(backend('jaeger').query, path)));
  });

  test.each([
    ['a trace that is not there', `/api/v3/traces/${'e'.repeat(32)}`],
    ['a search that finds nothing', `/api/v3/traces?query.service_name=${service}&query.duration_min=20h&${times}`],
    ['a search without times', '/api/v3/traces?query.service_name=x'],
    ['a depth that is no number', `/api/v3/traces?query.service_name=x&${times.replace('20', 'many')}`],
    ['a duration that cannot be read', `/api/v3/traces?query.service_name=x&${times}&query.duration_min=long`],
  ])('refuses %s by the same status', async (_, path) => {
    const theirs = await ask(backend('jaeger').query, path);
    const ours = await ask(own.url, path);
    expect([ours.status, ours.body.error.httpCode]).toEqual([theirs.status, theirs.body.error.httpCode]);
  });
});

/** Each with its resource and scope, and attributes by key: Jaeger keeps no order, and adds its attributes. */
function spansOf({ result }: Json): Json[] {
  return (result?.resourceSpans ?? [])
    .flatMap(({ resource, scopeSpans }: Json) =>
      scopeSpans.flatMap(({ scope, spans }: Json) =>
        spans.map((span: Json) => ({
          ...span,
          attributes: byKey(span.attributes),
          ...(span.events !== undefined && {
            events: span.events.map((event: Json) => ({ ...event, attributes: byKey(event.attributes) })),
          }),
          status: span.status ?? {},
          resource: byKey(resource.attributes),
          scope,
        })),
      ),
    )
    .sort((one: Json, other: Json) => (one.spanId < other.spanId ? -1 : 1));
}

function byKey(attributes: Json[] = []): Json {
  return Object.fromEntries(
    attributes.filter(({ key }) => !key.startsWith('@jaeger')).map(({ key, value }) => [key, value]),
  );
}
