import { drawTrees } from './printed-span.ts';
import { runBoth } from './run-both.ts';
import { runScenario } from './start-scenarios.ts';

test.each(['sdk-3', 'sdk-2'] as const)('@opentelemetry/instrumentation-aws-sdk, %s', async (generation) => {
  const { lines, waymark, sdk } = await runBoth('aws-sdk', { generation });
  expect(lines).toEqual([
    'server failed',
    '  after failure',
    '  client DynamoDB.GetItem (aws-sdk) ! no such table',
    ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
      `server get ${name}`,
      `  after ${name}`,
      '  client DynamoDB.GetItem (aws-sdk)',
    ]),
    'server publish',
    '  producer news send (aws-sdk)',
    'server receive',
    '  consumer orders receive (aws-sdk)',
    'server retried',
    '  client DynamoDB.GetItem (aws-sdk)',
    'server send',
    '  after send',
    '  producer orders send (aws-sdk)',
    '    processed one',
    'server send batch',
    '  producer orders send (aws-sdk)',
    '    processed three',
    '    processed two',
  ]);
  const received = waymark.find(({ name }) => name === 'receive')?.below[0];
  expect(received).toMatchObject({ links: 3 });
  expect(waymark).toEqual(sdk);
});

test('HTTP requests that Waymark traces are below the calls of the SDK', async () => {
  expect(drawTrees(await runScenario('aws-sdk-http', 'waymark'))).toEqual([
    'server failed',
    '  after failure',
    '  client DynamoDB.GetItem (aws-sdk) ! no such table',
    '    client POST',
    'server get',
    '  after get',
    '  client DynamoDB.GetItem (aws-sdk)',
    '    client POST',
    'server own request',
    '  client GET',
    'server retried',
    '  client DynamoDB.GetItem (aws-sdk)',
    '    client POST × 2',
    'server send',
    '  producer orders send (aws-sdk)',
    '    client POST',
  ]);
});

test('what suppressInternalInstrumentation suppresses Waymark does not trace', async () => {
  expect(drawTrees(await runScenario('aws-sdk-suppressed', 'waymark'))).toEqual([
    'server failed',
    '  after failure',
    '  client DynamoDB.GetItem (aws-sdk) ! no such table',
    'server get',
    '  after get',
    '  client DynamoDB.GetItem (aws-sdk)',
    'server own request',
    '  client GET',
    'server retried',
    '  client DynamoDB.GetItem (aws-sdk)',
    'server send',
    '  producer orders send (aws-sdk)',
  ]);
});
