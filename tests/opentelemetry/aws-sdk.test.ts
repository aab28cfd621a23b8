import { runBoth } from './run-both.ts';

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
