// The Azure SDK by its instrumenter: Blob Storage over HTTP, and the calls that Service Bus makes for its messages.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as coreTracing from '@azure/core-tracing';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { createTracer, setDefaultTracer, withSpan } from '@waymark/core';
import { traceAzure } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

let server: Server;
let blobs: BlobServiceClient;
const received: IncomingHttpHeaders[] = [];
let tries = 0;

beforeAll(async () => {
  setDefaultTracer(tracer);
  instrumentOutbound();
  traceAzure(coreTracing);
  // Blob Storage, by its REST API: the first request for `busy` gets 503.
  server = createServer((incoming, response) => {
    received.push(incoming.headers);
    incoming.resume();
    const headers = { 'x-ms-request-id': 'request of Azure', 'x-ms-version': '2024-11-04' };
    if (incoming.url?.includes('/absent')) {
      response.writeHead(404, { ...headers, 'x-ms-error-code': 'BlobNotFound' }).end();
    } else if (incoming.url?.includes('/busy') && tries++ === 0) {
      response.writeHead(503, { ...headers, 'x-ms-error-code': 'ServerBusy' }).end();
    } else response.writeHead(200, { ...headers, etag: '"1"', 'content-length': '5' }).end('bytes');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credential = new StorageSharedKeyCredential('account', Buffer.from('key').toString('base64'));
  blobs = new BlobServiceClient(`http://127.0.0.1:${port}/account`, credential, {
    retryOptions: { retryDelayInMs: 1, maxRetryDelayInMs: 1 },
  });
});
beforeEach(() => {
  exporter.reset();
  received.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const download = (name: string) => blobs.getContainerClient('invoices').getBlobClient(name).downloadToBuffer();
const one = (name: string) => exporter.spans.find((span) => span.name === name);

test('an operation has a span, and its HTTP request one below it, whose headers are written once', async () => {
  await tracer.withSpan('request', async () => {
    expect(`${await download('a.pdf')}`).toBe('bytes');
    await withSpan('after', async () => {});
  });
  expect(drawSpans(exporter.spans)).toEqual([
    'request',
    '  BlobClient-downloadToBuffer',
    '    BlobClient-getProperties',
    '      HEAD',
    '    BlobClient-download',
    '      GET',
    '  after',
  ]);
  expect(one('BlobClient-download')).toMatchObject({
    kind: 'internal',
    scope: { name: '@waymark/core/libraries/azure' },
    attributes: { 'azure.resource_provider.namespace': 'Microsoft.Storage' },
  });
  const spanIds = ['HEAD', 'GET'].map((name) => one(name)?.spanId);
  expect(received.map(({ traceparent }) => `${traceparent}`.split('-')[2])).toEqual(spanIds);
});

test('one span around all attempts', async () => {
  await tracer.withSpan('request', () => blobs.getContainerClient('invoices').getBlobClient('busy').getProperties());
  expect(drawSpans(exporter.spans)).toEqual(['request', '  BlobClient-getProperties', '    HEAD ! 503', '    HEAD']);
});

test('a failure has the name that Azure gives it, and the application gets its error', async () => {
  await tracer.withSpan('request', () =>
    expect(blobs.getContainerClient('invoices').getBlobClient('absent').getProperties()).rejects.toMatchObject({
      name: 'RestError',
      details: { errorCode: 'BlobNotFound' },
    }),
  );
  expect(one('BlobClient-getProperties')).toMatchObject({
    status: { code: 'error' },
    attributes: { 'error.type': 'BlobNotFound', 'http.response.status_code': 404 },
  });
});

test('no span outside a request', async () => {
  await download('a.pdf');
  expect(exporter.spans.filter(({ scope }) => scope.name.endsWith('azure'))).toEqual([]);
});

describe('messages, as Service Bus reports them', () => {
  // `@azure/service-bus` 7.9 makes exactly these calls; the messages themselves travel by AMQP.
  const client = coreTracing.createTracingClient({
    namespace: 'Microsoft.ServiceBus',
    packageName: '@azure/service-bus',
    packageVersion: '7.9.5',
  });
  const facts = (operation: string) => ({
    'messaging.system': 'servicebus',
    [operation === 'process' || operation === 'receive' ? 'messaging.source.name' : 'messaging.destination.name']:
      'orders',
    'messaging.operation': operation,
    'net.peer.name': 'shop.servicebus.windows.net',
  });

  /** What `sendMessages()` does: it gives the message's property `Diagnostic-Id`. */
  const send = () =>
    client.withSpan(
      'ServiceBusSender.send',
      {},
      async (options) => {
        const { span, updatedOptions } = client.startSpan('message', options, {
          spanKind: 'producer',
          spanAttributes: facts('publish'),
        });
        const { traceparent } = client.createRequestHeaders(updatedOptions.tracingOptions.tracingContext);
        span.end();
        return traceparent ?? '';
      },
      { spanKind: 'client', spanAttributes: facts('publish') },
    );

  const linksTo = (...headers: readonly string[]) =>
    headers.flatMap((header) => {
      const tracingContext = client.parseTraceparentHeader(header);
      return tracingContext === undefined ? [] : [{ tracingContext }];
    });

  const process = (...headers: readonly string[]) =>
    client.withSpan('ServiceBusReceiver.process', {}, () => withSpan('work', async () => {}), {
      spanKind: 'consumer',
      spanLinks: linksTo(...headers),
      spanAttributes: facts('process'),
    });

  test('the processing of a message is below its sender', async () => {
    const header = await tracer.withSpan('request', send);
    await process(header);
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      '  ServiceBusSender.send',
      '    message',
      '      ServiceBusReceiver.process',
      '        work',
    ]);
    expect(one('ServiceBusReceiver.process')).toMatchObject({
      kind: 'consumer',
      attributes: {
        'messaging.system': 'servicebus',
        'messaging.destination.name': 'orders',
        'messaging.operation.name': 'process',
        'server.address': 'shop.servicebus.windows.net',
      },
    });
  });

  test('a batch is linked to each sender, and so is a request that receives messages', async () => {
    const headers = [await tracer.withSpan('a', send), await tracer.withSpan('b', send)];
    const senders = headers.map((header) => header.split('-')[2]);
    await process(...headers);
    await tracer.withSpan('poll', async () => {
      client
        .startSpan(
          'ServiceBusReceiver.receiveMessages',
          {},
          {
            spanKind: 'consumer',
            spanLinks: linksTo(...headers),
            spanAttributes: facts('receive'),
          },
        )
        .span.end();
    });
    const [batch, receive] = [one('ServiceBusReceiver.process'), one('ServiceBusReceiver.receiveMessages')];
    expect(batch?.parentSpanId).toBeUndefined();
    expect(batch?.links.map(({ spanId }) => spanId)).toEqual(senders);
    expect(receive).toMatchObject({ kind: 'client', parentSpanId: one('poll')?.spanId });
    expect(receive?.links.map(({ spanId }) => spanId)).toEqual(senders);
  });
});

test('what is not the SDK is refused', () => {
  expect(() => traceAzure({})).toThrow('traceAzure(coreTracing) takes the exports of @azure/core-tracing');
});
