// ClickHouse over HTTP, which answers as its HTTP interface documents.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClickHouseClient } from '@clickhouse/client';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceClickhouse } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';

interface ClickhouseModule {
  createClient(options: object): ClickHouseClient;
}

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    let text = incoming.url ?? '';
    for await (const part of incoming) text += part;
    if (text.includes('absent')) {
      const headers = { 'x-clickhouse-exception-code': '60' };
      const message = "Code: 60. DB::Exception: Table default.absent does not exist at 'secret'. (UNKNOWN_TABLE)";
      response.writeHead(404, headers).end(message);
    } else response.writeHead(200, { 'x-clickhouse-summary': '{"read_rows":"1"}' }).end('{"one":1}\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

class Silent {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

describe.each(['clickhouse10', '@clickhouse/client'])('%s', (module) => {
  const { createClient } = require(module) as ClickhouseModule;
  // Before 1.1 the option was `host`. The client would print each error.
  const open = (url: string) =>
    createClient({ [module === 'clickhouse10' ? 'host' : 'url']: url, database: 'shop', log: { LoggerClass: Silent } });
  let client: ClickHouseClient;

  beforeAll(() => {
    client = traceClickhouse(open(`http://127.0.0.1:${port}`));
  });
  beforeEach(() => exporter.reset());
  afterAll(() => client.close());

  test('each statement has a span without its literals', async () => {
    const rows = await tracer.withSpan('request', async () => {
      const result = await client.query({
        query: "SELECT id FROM orders WHERE name = 'it\\'s secret' AND day > 20260101 AND id = {id:UInt32}",
        query_params: { id: 777 },
        format: 'JSONEachRow',
      });
      const found = await result.json();
      await tracer.withSpan('after', async () => {});
      await client.insert({ table: 'orders', values: [{ one: 'secret' }], format: 'JSONEachRow' });
      await client.command({ query: 'CREATE TABLE offers (id UInt32) ENGINE = Memory' });
      await client.command({ query: 'INSERT INTO offers FORMAT CSV\n7,secret,secret' });
      await client.command({ query: 'SELECT $tag$secret$tag$' });
      return found;
    });
    expect(rows).toEqual([{ one: 1 }]);
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      '  SELECT orders',
      '  after',
      '  INSERT orders',
      '  CREATE TABLE offers',
      '  INSERT offers',
      '  clickhouse',
    ]);
    expect(exporter.spans.find(({ name }) => name === 'SELECT orders')).toMatchObject({
      kind: 'client',
      scope: { name: '@waymark/core/libraries/clickhouse' },
      attributes: {
        'db.system.name': 'clickhouse',
        'db.namespace': 'shop',
        'db.query.text': 'SELECT id FROM orders WHERE name = ? AND day > ? AND id = {id:UInt32}',
        'db.query.summary': 'SELECT orders',
        'server.address': '127.0.0.1',
        'server.port': port,
        'clickhouse.request.query_id': expect.any(String),
      },
    });
    expect(exporter.spans.find(({ name }) => name === 'INSERT offers')?.attributes['db.query.text']).toBe(
      'INSERT INTO offers FORMAT CSV',
    );
    expect(JSON.stringify(exporter.spans)).not.toMatch(/secret|777/);
  });

  test('an error of the server has its number, and a server that does not answer the code of Node', async () => {
    const nowhere = open('http://127.0.0.1:1');
    await tracer.withSpan('request', async () => {
      await expect(client.query({ query: "SELECT * FROM absent WHERE a = 'secret'" })).rejects.toThrow(
        'does not exist',
      );
      await expect(nowhere.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
    await nowhere.close();
    const [first, second] = exporter.spans;
    expect(first).toMatchObject({
      name: 'SELECT absent',
      status: { code: 'error' },
      attributes: { 'error.type': '60', 'db.response.status_code': '60' },
    });
    expect(second).toMatchObject({ name: 'SELECT', attributes: { 'error.type': 'ECONNREFUSED' } });
    expect(JSON.stringify(exporter.spans.slice(0, 2))).not.toContain('secret');
  });

  test('no span outside a request', async () => {
    await (await client.query({ query: 'SELECT 1' })).text();
    expect(exporter.spans).toEqual([]);
  });
});

test('a client with a tracer of the application keeps that', async () => {
  const { createClient } = require('@clickhouse/client') as ClickhouseModule;
  exporter.reset();
  const names: string[] = [];
  class Span {
    setAttributes(): void {}
    setStatus(): void {}
    recordException(): void {}
    end(): void {}
  }
  class Tracer {
    startActiveSpan<Result>(name: string, _options: object, fn: (span: Span) => Result): Result {
      names.push(name);
      return fn(new Span());
    }
  }
  const client = traceClickhouse(createClient({ url: `http://127.0.0.1:${port}`, tracer: new Tracer() }));
  await tracer.withSpan('request', async () => (await client.query({ query: 'SELECT 1' })).text());
  await client.close();
  expect(names).toContain('clickhouse.query');
  expect(drawSpans(exporter.spans)).toEqual(['request']);
});

test('refuses anything but a client', () => {
  expect(() => traceClickhouse({})).toThrow('traceClickhouse(client) takes a client of @clickhouse/client');
});
