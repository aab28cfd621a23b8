// OpenTelemetry's instrumentation of gRPC beside Waymark's own tracing: each call has one span on each side.
import { drawTrees } from './printed-span.ts';
import { runScenario } from './start-scenarios.ts';

test("gRPC has Waymark's spans alone by default", async () => {
  const lines = drawTrees(await runScenario('grpc', 'waymark', { prefer: 'waymark' }));
  expect(lines).toEqual([
    'server both streams',
    '  client hears echo hello',
    '  client shop.Shop/Chat',
    '    server shop.Shop/Chat',
    'server cancelled',
    '  client shop.Shop/Chat',
    '    server shop.Shop/Chat',
    'server client stream',
    '  client shop.Shop/Upload',
    '    server shop.Shop/Upload',
    '      server has uploaded',
    'server deadline',
    '  client fails',
    '  client shop.Shop/Buy',
    '    server shop.Shop/Buy',
    '      server buys never',
    'server given metadata',
    '  client has bought',
    '  client shop.Shop/Buy',
    '    server shop.Shop/Buy',
    '      server buys with metadata',
    'server server stream',
    '  client reads one',
    '  client reads two',
    '  client shop.Shop/List',
    '    server shop.Shop/List',
    '      server lists',
    ...['a', 'b', 'c'].flatMap((name) => [
      `server unary ${name}`,
      '  client has bought',
      '  client shop.Shop/Buy',
      '    server shop.Shop/Buy',
      `      server buys ${name}`,
    ]),
    'server unary failure',
    '  client fails',
    '  client shop.Shop/Buy',
    '    server shop.Shop/Buy',
    '      server buys nothing',
  ]);
});
