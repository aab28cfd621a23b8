// Libraries that call OpenTelemetry's API themselves, with fake endpoints in the place of the services.
import { drawTrees } from './printed-span.ts';
import { runBoth } from './run-both.ts';
import { runScenario } from './start-scenarios.ts';

test('@anthropic-ai/sdk', async () => {
  const { lines, waymark, sdk } = await runBoth('anthropic');
  const span = 'client anthropic.messages.create (com.anthropic.sdk.typescript)';
  expect(lines).toEqual([
    ...['a', 'b', 'c'].flatMap((name) => [`server create ${name}`, `  after ${name}`, `  ${span} ok`, '    receiver']),
    'server failure',
    '  after failure',
    `  ${span} !`,
    '    receiver',
    'server stream',
    `  ${span} ok`,
    '    receiver',
    '  last event',
  ]);
  expect(waymark).toEqual(sdk);
});

// The header that the SDK writes is kept: the receiver is a child of its span.
test("@anthropic-ai/sdk beside Waymark's spans of HTTP requests", async () => {
  const span = 'client anthropic.messages.create (com.anthropic.sdk.typescript)';
  expect(drawTrees(await runScenario('anthropic-http', 'waymark'))).toEqual([
    ...['a', 'b', 'c'].flatMap((name) => [
      `server create ${name}`,
      `  after ${name}`,
      `  ${span} ok`,
      '    client POST',
      '    receiver',
    ]),
    'server failure',
    '  after failure',
    `  ${span} !`,
    '    client POST',
    '    receiver',
    'server stream',
    `  ${span} ok`,
    '    client POST',
    '    receiver',
    '  last event',
  ]);
});

// Its transport depends on a core of OpenTelemetry that refuses API 1.10.
test('@elastic/elasticsearch, API 1.9', async () => {
  const { lines, waymark, sdk } = await runBoth('elasticsearch', { generation: 'sdk-2' });
  expect(lines).toEqual([
    'server failure',
    '  after failure',
    '  client search (@elastic/transport) !',
    'server index',
    '  client index (@elastic/transport)',
    ...['a', 'b', 'c'].flatMap((name) => [
      `server search ${name}`,
      `  after ${name}`,
      '  client search (@elastic/transport)',
    ]),
  ]);
  expect(waymark).toEqual(sdk);
});

test('@clickhouse/client with a tracer', async () => {
  const { lines, waymark, sdk } = await runBoth('clickhouse');
  expect(lines).toEqual([
    'server failure',
    '  after failure',
    '  client clickhouse.query (shop) ! Table default.absent does not exist.',
    'server insert',
    '  client clickhouse.insert (shop)',
    ...['a', 'b', 'c'].flatMap((name) => [
      `server query ${name}`,
      `  after ${name}`,
      '  client clickhouse.query (shop)',
      '    client clickhouse.query.stream (shop)',
    ]),
  ]);
  expect(waymark).toEqual(sdk);
});

test('ai with experimental_telemetry', async () => {
  const { lines, waymark, sdk } = await runBoth('ai');
  expect(lines).toEqual([
    'server failure',
    '  after failure',
    '  ai.generateText (ai) ! no such model',
    '    ai.generateText.doGenerate (ai) ! no such model',
    'server generate',
    '  ai.generateText (ai)',
    '    ai.generateText.doGenerate (ai) × 2',
    '      in model',
    '    ai.toolCall (ai)',
    '      price of book',
    'server stream',
    '  ai.streamText (ai)',
    '    ai.streamText.doStream (ai)',
    '  part Hello',
  ]);
  expect(waymark).toEqual(sdk);
});

// They depend on SDK 1 and API 1.9.
test("Temporal's interceptors, API 1.9", async () => {
  const { lines, waymark, sdk } = await runBoth('temporal', { generation: 'sdk-2' });
  const started = (name: string, outcome: string) => [
    `server start ${name}`,
    '  StartWorkflow:order (@temporalio/interceptor-client) ok',
    `    RunActivity:charge (@temporalio/interceptor-activity) ${outcome}`,
    '      in activity',
    `  after ${name}`,
  ];
  expect(lines).toEqual([
    'server failure',
    '  StartWorkflow:absent (@temporalio/interceptor-client) ! no such workflow',
    '  after failure',
    ...started('a', 'ok'),
    ...started('b', 'ok'),
    ...started('c', '! the card is refused'),
  ]);
  expect(waymark).toEqual(sdk);
});
