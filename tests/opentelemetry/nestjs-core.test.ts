import { runBoth } from './run-both.ts';

test.each(['sdk-3', 'sdk-2'] as const)('@opentelemetry/instrumentation-nestjs-core, %s', async (generation) => {
  const { lines, waymark, sdk } = await runBoth('nestjs-core', { generation });
  const failed = (name: string, message: string) => [
    `server GET /orders/${name}`,
    `  Orders.${name} (nestjs-core) ! ${message}`,
    `    ${name} (nestjs-core) ! ${message}`,
  ];
  expect(lines).toEqual([
    'Create Nest App (nestjs-core)',
    ...failed('absent', 'no such order'),
    ...failed('broken', 'the shop is closed'),
    ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
      'server GET /orders/one',
      '  Orders.one (nestjs-core)',
      '    one (nestjs-core)',
      `      order of ${name}`,
      `      price of ${name}`,
    ]),
  ]);
  expect(waymark).toEqual(sdk);
});
