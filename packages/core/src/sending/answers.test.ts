// Answers of 2xx from receivers and from other servers, as real ones send them, to both exporters and to the health check.
import { type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import { zipkinExporter } from '../zipkin/zipkin-exporter.ts';

const exporters: Readonly<Record<string, (url: string) => SpanExporter>> = {
  'OTLP in protobuf': (url) => otlpExporter({ url, headers: { authorization: 'Bearer open-sesame' }, env: {} }),
  'OTLP in JSON': (url) => otlpExporter({ url, protocol: 'http/json', env: {} }),
  Zipkin: (url) => zipkinExporter({ url, env: {} }),
};

type Answer = readonly [status: number, contentType: string | undefined, body: string | Buffer];

function answerWith([status, contentType, body]: Answer): Respond {
  return (response) =>
    response.writeHead(status, contentType === undefined ? {} : { 'content-type': contentType }).end(body);
}

/** How each exporter judges the answer, for an export and for a health check. */
async function sendTo(respond: Respond, makeExporter: (url: string) => SpanExporter) {
  await using server = await startTestServer(respond);
  const lines: string[] = [];
  const exporter = makeExporter(server.url);
  const tracer = createTracer({
    serviceName: 'orders',
    exporter,
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
  tracer.startSpan('a').end();
  tracer.startSpan('b').end();
  const report = await tracer.shutdown();
  const { ok, exporters: healths } = await tracer.healthCheck();
  const host = new URL(server.url).host;
  const said = (text = ''): string => text.replaceAll(host, 'HOST');
  const { exported, dropped } = tracer.stats();
  return {
    report,
    exported,
    dropped,
    lines: lines.map(said),
    ok,
    message: said(healths[0]?.message),
    requests: server.requests,
  };
}

describe.each(Object.entries(exporters))('an answer to %s', (_name, makeExporter) => {
  test.each<[string, Answer]>([
    ['the Collector', [200, 'application/json', '{"partialSuccess":{}}']],
    ['the Collector, to protobuf', [200, 'application/x-protobuf', '']],
    ['a receiver that says nothing', [200, undefined, '']],
    ['a receiver that has nothing to say', [204, undefined, '']],
    ['a receiver that works on it', [202, undefined, '']],
    ['a receiver that names a type for nothing', [200, 'text/plain; charset=utf-8', '']],
    ['Zipkin, and whatever else is built on Armeria', [202, 'text/plain; charset=utf-8', '202 Accepted']],
    ['SkyWalking, on Armeria too', [200, 'text/plain; charset=utf-8', '200 OK']],
    ['Splunk', [200, 'application/json', '"OK"']],
    ['Splunk’s event collector', [200, 'application/json', '{"text":"Success","code":0}']],
    ['New Relic', [202, 'application/json; charset=UTF-8', '{"requestId":"0b1f6d3e"}']],
    ['a receiver that works on it and says so', [202, undefined, 'queued for later']],
    ['Langfuse', [200, 'application/json; charset=utf-8', '{}']],
    ['NeMo', [200, 'application/json', '{"errors":[]}']],
    ['sendStatus() of Express', [200, 'text/plain; charset=utf-8', 'OK']],
    ['a receiver without a type', [200, undefined, '{}']],
    ['a receiver that says ok', [200, 'application/json', '{"status":"ok"}']],
  ])('of %s is a success', async (_title, answer) => {
    const { report, lines, ok, message } = await sendTo(answerWith(answer), makeExporter);
    expect(report).toEqual({ delivered: 2, lost: 0, complete: true });
    expect(lines).toEqual([]);
    expect([ok, message]).toEqual([true, 'the receiver accepted a span']);
  });

  test.each<[string, Answer, string]>([
    [
      'Jaeger’s pages',
      [200, 'text/html; charset=utf-8', '<!doctype html>\n<title>Jaeger UI</title>'],
      'a web page "Jaeger UI"',
    ],
    ['a page without a type', [200, undefined, '\ufeff  <html><body><p>Hello</p> world'], 'a web page "Hello world"'],
    ['a page that calls itself text', [200, 'text/plain', '<!DOCTYPE html><html></html>'], 'a web page'],
    ['nothing that calls itself a page', [200, 'text/html', ''], 'a web page'],
    ['XHTML', [200, 'application/xhtml+xml', '<html/>'], 'a web page'],
    ['XML', [200, 'application/xml', '<Error><Code>No</Code></Error>'], 'a web page "No"'],
    ['send() of Express', [200, 'text/html; charset=utf-8', 'ok'], 'a web page "ok"'],
    ['a server that greets', [200, undefined, 'Hello World'], 'text "Hello World"'],
    ['a server that greets as text', [200, 'text/plain', 'hello\n\u001b[2Jworld'], 'text "hello \\u001b[2Jworld"'],
    ['a list', [200, 'application/json', '[{"id":1}]'], 'JSON "[{"id":1}]"'],
    ['a number', [200, 'application/json', '42'], 'JSON "42"'],
    [
      'GraphQL',
      [200, 'application/json', '{"errors":[{"message":"Must provide query"}]}'],
      'an error "Must provide query"',
    ],
    ['an error in JSON', [200, 'application/json', '{"ok":false,"error":"not found"}'], 'an error "not found"'],
    ['JSON that is none', [200, 'application/json', 'no JSON'], 'text "no JSON"'],
    ['a picture', [200, 'image/png', Buffer.from('89504e47', 'hex')], 'content of the type image/png'],
    ['events', [200, 'text/event-stream', 'data: x\n\n'], 'content of the type text/event-stream'],
    ['a script', [200, 'text/javascript', 'ok'], 'content of the type text/javascript'],
    ['bytes', [200, 'application/octet-stream', Buffer.from('00ff00ff', 'hex')], 'bytes that are not text'],
    ['gRPC', [200, 'application/grpc', ''], 'gRPC'],
  ])('of %s is none of a receiver', async (_title, answer, what) => {
    const { report, dropped, lines, ok, message, requests } = await sendTo(answerWith(answer), makeExporter);
    expect(report).toMatchObject({ delivered: 0, lost: 2, complete: true });
    expect(dropped).toEqual({ 'not-a-receiver': 2 });
    expect(lines[0]).toMatch(/^waymark warn: spans could not be delivered: http:\/\/HOST: HTTP 200 with /);
    expect(lines[0]?.replaceAll('\\\\', '\\')).toContain(
      ` with ${what}, which is not an answer of a receiver of traces (check the port in `,
    );
    expect(requests).toHaveLength(2); // the batch once, and the check
    expect(ok).toBe(false);
    expect(message).toMatch(/ which is not an answer of a receiver of traces$|speaks HTTP\/2 only/);
  });

  test('that repeats the request is not from a receiver', async () => {
    const echo: Respond = (response, { headers, body }) =>
      response.setHeader('content-type', headers['content-type'] ?? '').end(body);
    const { dropped, ok } = await sendTo(echo, makeExporter);
    expect([dropped, ok]).toEqual([{ 'not-a-receiver': 2 }, false]);
  });

  test('in JSON of an unknown kind counts as accepted, and is reported', async () => {
    const { report, lines, ok, message } = await sendTo(
      answerWith([200, 'application/json', '{"hello":"world"}']),
      makeExporter,
    );
    expect(report).toEqual({ delivered: 2, lost: 0, complete: true });
    expect(lines).toEqual([
      expect.stringMatching(
        /^waymark warn: the collector accepted the spans, .*: HTTP 200 with JSON "\{"hello":"world"\}", which may not be/,
      ),
    ]);
    expect([ok, message]).toEqual([
      true,
      'HOST answered 200 with JSON "{"hello":"world"}", which may not be an answer of a receiver of traces',
    ]);
  });
});

test('protobuf with another content type is read', async () => {
  // ExportTraceServiceResponse { partial_success { rejected_spans: 1, error_message: "no" } }
  const body = Buffer.from('0a06080112026e6f', 'hex');
  for (const contentType of ['application/json', 'application/octet-stream', undefined]) {
    const respond = answerWith([200, contentType, body]);
    const { exported, dropped } = await sendTo(respond, (url) => otlpExporter({ url, env: {} }));
    expect([exported, dropped]).toEqual([1, { rejected: 1 }]);
  }
});

test('secrets of the request are removed from the answer of another server', async () => {
  const respond: Respond = (response, { headers }) =>
    response.setHeader('content-type', 'text/plain').end(`${'x'.repeat(140)} ${headers.authorization}`);
  const { lines, message } = await sendTo(respond, exporters['OTLP in protobuf'] as (url: string) => SpanExporter);
  expect(`${lines}${message}`).not.toMatch(/open|sesame/);
  expect(`${lines}${message}`).toContain('REDAC');
});
