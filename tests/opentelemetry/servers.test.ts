// Instrumentations of HTTP and of frameworks through the bridge, where Waymark leaves them to it.
import { runBoth } from './run-both.ts';

test('HTTP, Express, Koa, hapi, fetch()', async () => {
  const { lines, waymark, sdk } = await runBoth('servers', { prefer: 'opentelemetry' });
  const expressBelow = (indent: string) => [
    `${indent}server GET /users/:id (http)`,
    `${indent}  middleware - <anonymous> (express)`,
    `${indent}    middleware of Express`,
    `${indent}  request handler (express)`,
    `${indent}    handler of Express`,
  ];
  expect(lines).toEqual([
    ...[1, 2, 3].flatMap((id) => [
      `server Express ${id}`,
      '  client GET (http)',
      ...expressBelow('    '),
      '  client has the response',
    ]),
    'server Express fails',
    '  client GET (http) !',
    '    server GET /broken (http) !',
    '      middleware - <anonymous> (express)',
    '        middleware of Express',
    '      request handler (express) ! broken',
    '  client has the response',
    ...[1, 2].flatMap((id) => [
      `server Koa ${id}`,
      '  client GET (http)',
      '    server GET /items/:id (http)',
      '      router - /items/:id (koa)',
      '        handler of Koa',
      '  client has the response',
    ]),
    'server fetch()',
    '  after fetch()',
    '  client GET (undici)',
    ...expressBelow('    '),
    'server fetch() is refused',
    '  after refusal',
    '  client GET (undici) ! connect ECONNREFUSED 127.0.0.1:2',
    'server hapi',
    '  client GET (http)',
    '    server GET /items/{id} (http)',
    '      route - /items/{id} (hapi)',
    '        handler of hapi',
    '  client has the response',
  ]);
  expect(waymark).toEqual(sdk);
});
