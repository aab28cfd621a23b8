// Elasticsearch 8 and 9, and OpenSearch: one span for a request, around its attempts.
import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceElasticsearch, traceOpensearch } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { type SearchServer, startSearch } from '../../services/search.ts';
import { drawSpans } from '../draw-spans.ts';

/** What the clients have in common. */
interface Client {
  search(params: object, options?: object): PromiseLike<unknown>;
  index(params: object): PromiseLike<unknown>;
  bulk(params: object): PromiseLike<unknown>;
  close(): unknown;
  readonly indices: { create(params: object): PromiseLike<unknown> };
}

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);

const clients = [
  ['elasticsearch8', 'elasticsearch', traceElasticsearch],
  ['@elastic/elasticsearch', 'elasticsearch', traceElasticsearch],
  ['@opensearch-project/opensearch', 'opensearch', traceOpensearch],
] as const;

describe.each(clients)('%s', (module, library, trace) => {
  const isElastic = library === 'elasticsearch';
  let server: SearchServer;
  let client: Client;

  beforeAll(async () => {
    server = await startSearch();
    const { Client } = require(module) as { Client: new (options: object) => Client };
    client = trace(new Client({ node: server.url, maxRetries: 1 }));
  });
  beforeEach(() => exporter.reset());
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  const search = (index: string, options?: object) =>
    client.search(
      isElastic
        ? { index, query: { match: { name: 'secret' } } }
        : { index, body: { query: { match: { name: 'secret' } } } },
      options,
    );
  const one = (name: string) => exporter.spans.find((span) => span.name === name);

  test('a request has a span, and the caller gets what it has asked for', async () => {
    const result = await tracer.withSpan('request', async () => {
      const found = await search('products');
      await tracer.withSpan('after', async () => {});
      return found;
    });
    expect(result).toMatchObject(isElastic ? { hits: { hits: [{}, {}] } } : { body: { hits: { hits: [{}, {}] } } });
    expect(drawSpans(exporter.spans)).toEqual(['request', '  search products (2)', '  after']);
    expect(one('search products')).toMatchObject({
      kind: 'client',
      scope: { name: `@waymark/core/libraries/${library}` },
      attributes: {
        'db.system.name': library,
        'db.operation.name': 'search',
        'db.collection.name': 'products',
        'http.request.method': 'POST',
        'db.response.status_code': '200',
        'db.response.returned_rows': 2,
        'server.address': '127.0.0.1',
        'server.port': server.port,
      },
    });
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('an index that does not exist is an error by its name', async () => {
    await tracer.withSpan('request', async () => {
      await expect(Promise.resolve(search('absent'))).rejects.toMatchObject({ name: 'ResponseError', statusCode: 404 });
    });
    expect(one('search absent')).toMatchObject({
      status: { code: 'error', message: expect.stringContaining('index_not_found_exception') },
      attributes: { 'error.type': 'index_not_found_exception', 'db.response.status_code': '404' },
    });
  });

  test('one span around all attempts', async () => {
    await tracer.withSpan('request', () => search('busy'));
    expect(drawSpans(exporter.spans)).toEqual(['request', '  search busy (2)']);
    expect(one('search busy')?.status.code).toBe('unset');
  });

  test('a bulk request of which operations have failed is an error; ids are not recorded', async () => {
    await tracer.withSpan('request', async () => {
      const operations = [{ index: { _index: 'products' } }, { a: 1 }, { create: { _id: 'secret' } }, { a: 1 }];
      await client.bulk(isElastic ? { operations } : { body: operations });
      const document = { name: 'secret' };
      await client.index({ index: 'products', id: 'secret', ...(isElastic ? { document } : { body: document }) });
      await client.indices.create({ index: 'offers' });
    });
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      '  bulk ! version_conflict_engine_exception',
      '  index products',
      '  indices.create offers',
    ]);
    expect(one('bulk')?.status.message).toBe('1 of 2 operations have failed');
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('no span outside a request', async () => {
    await search('products');
    expect(exporter.spans).toEqual([]);
  });

  test('a rejection that the application handles is not reported as unhandled', async () => {
    const reported: unknown[] = [];
    const listener = (error: unknown) => void reported.push(error);
    process.on('unhandledRejection', listener);
    await tracer.withSpan('request', async () => {
      await Promise.resolve(search('absent')).catch(() => {});
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(reported).toEqual([]);
  });
});

test('the forms of OpenSearch: with a callback, in the context of the caller, and aborted', async () => {
  const server = await startSearch();
  const { Client, errors } = require('@opensearch-project/opensearch');
  const client = traceOpensearch(new Client({ node: server.url, maxRetries: 0 }));
  exporter.reset();
  await tracer.withSpan(
    'request',
    () =>
      new Promise<void>((resolve) => {
        client.search({ index: 'products' }, (error: unknown, result: { statusCode: number }) => {
          expect([error, result.statusCode]).toEqual([null, 200]);
          tracer.withSpan('in callback', () => {});
          client.search({ index: 'absent' }, {}, (failure: { statusCode: number }) => {
            expect(failure.statusCode).toBe(404);
            resolve();
          });
        });
      }),
  );
  await tracer.withSpan('aborting', async () => {
    const answer = client.search({ index: 'aborted' });
    answer.abort();
    await expect(Promise.resolve(answer)).rejects.toBeInstanceOf(errors.RequestAbortedError);
  });
  await client.close();
  await server.stop();
  expect(drawSpans(exporter.spans)).toEqual([
    'request',
    '  search products (2)',
    '  in callback',
    '  search absent ! index_not_found_exception',
    'aborting',
    '  search aborted ! RequestAbortedError',
  ]);
});

test('refuses anything but a client', () => {
  expect(() => traceElasticsearch({})).toThrow('traceElasticsearch(client) takes a client of @elastic/elasticsearch');
  expect(() => traceOpensearch({})).toThrow('traceOpensearch(client) takes a client of @opensearch-project/opensearch');
});
