// The tracer for the spans of a script that does not name one for each span.
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { runScript } from './script.ts';

// Each test starts a process that compiles its sources, which takes many seconds on a busy machine.
jest.setTimeout(60_000);

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(() => receiver.close());

const variables = () => ({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'by-variable' });

function received(): string[] {
  return receiver.spans.map(({ name, resource }) => `${resource.attributes['service.name']}: ${name}`).sort();
}

const calls = `
  const { withSpan, setDefaultTracer } = require('@waymark/core');
  withSpan('one', () => {});
  withSpan('two', () => {});
`;

test('is made from the environment, and reports once if there is another', async () => {
  const { code, stderr } = await runScript(`makeTracer({ exporter: [] }); ${calls}`, receiver.url, {
    env: variables(),
  });
  expect(code).toBe(0);
  expect(stderr).toBe(
    'waymark warn: a span outside any other goes to a tracer that was made from the environment just now, for "by-variable", and not to ' +
      'the one that createTracer() has made for "script". Call setDefaultTracer(tracer), or use tracer.withSpan().\n',
  );
  expect(received()).toEqual(['by-variable: one', 'by-variable: two']);
});

test('is the one that was set', async () => {
  const script = `require('@waymark/core').setDefaultTracer(makeTracer()); ${calls}`;
  expect(await runScript(script, receiver.url, { env: variables() })).toMatchObject({ code: 0, stderr: '' });
  expect(received()).toEqual(['script: one', 'script: two']);
});

test('gets the calls of a script that only turns on outbound tracing', async () => {
  const script = `
    require('@waymark/core/outbound').instrumentOutbound();
    const server = require('node:http').createServer((req, res) => res.end()).listen(0, '127.0.0.1', async () => {
      await (await fetch('http://127.0.0.1:' + server.address().port)).text();
      server.close();
      server.closeAllConnections();
    });
  `;
  expect(await runScript(script, receiver.url, { env: variables() })).toMatchObject({ code: 0, stderr: '' });
  expect(received()).toEqual(['by-variable: GET']);
});

test('names the spans that a process has never ended', async () => {
  const script = `const tracer = makeTracer(); tracer.startSpan('forgotten'); tracer.startSpan('work').end();`;
  const { stderr } = await runScript(script, receiver.url);
  expect(stderr).toBe(
    'waymark warn: 1 span was never ended, and is lost: "forgotten". Call end(), or use withSpan()\n',
  );
  expect(received()).toEqual(['script: work']);
});
