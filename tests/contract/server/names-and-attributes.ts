// OpenTelemetry's HTTP conventions, "HTTP server span": https://opentelemetry.io/docs/specs/semconv/http/http-spans/
import type { SpanData } from '@waymark/core/testing';
import type { AdapterUnderTest, Route, TracingOptions } from './adapter-under-test.ts';
import { openConnection, requestText } from './raw-client.ts';
import { testCertificate } from './test-certificate.ts';
import { outcomeOf, startTraced } from './traced-app.ts';

const user: Route = { method: 'GET', path: '/users/:id', handler: ({ send }) => send(200, { id: '7' }) };

export function describeNamesAndAttributes(adapter: AdapterUnderTest): void {
  describe('names and attributes', () => {
    test('are exactly those of the conventions', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      const { localPort } = await app.request('/users/7?verbose=1', {
        headers: [
          ['host', 'users.test:8080'],
          ['user-agent', 'contract/1'],
        ],
      });
      const [span] = await app.spans(1);
      expect(span).toMatchObject({ name: 'GET /users/:id', kind: 'server', status: { code: 'unset' }, events: [] });
      expect({ ...span?.attributes }).toEqual({
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'http.route': '/users/:id',
        'url.path': '/users/7',
        'url.query': 'verbose=1',
        'url.scheme': 'http',
        'server.address': 'users.test',
        'server.port': 8080,
        'client.address': '127.0.0.1',
        'network.peer.address': '127.0.0.1',
        'network.peer.port': localPort,
        'network.protocol.version': '1.1',
        'user_agent.original': 'contract/1',
      });
    });

    test('are those of each request on a shared connection', async () => {
      const app = await startTraced(adapter, {
        routes: [user, { ...user, method: 'DELETE' }],
      });
      const requests: [method: string, headers: [name: string, value: string][]][] = [
        ['GET', [['user-agent', 'one']]],
        ['GET', [['user-agent', 'one']]],
        ['GET', [['user-agent', 'one']]],
        ['GET', [['user-agent', 'two']]],
        ['DELETE', [['user-agent', 'two']]],
        ['DELETE', []],
        [
          'GET',
          [
            ['host', 'other.test:81'],
            ['user-agent', 'x'.repeat(600)],
          ],
        ],
        ['GET', [['user-agent', 'one']]],
      ];
      const connection = await openConnection(app.port);
      for (const [method, headers] of requests) {
        await connection.send(requestText('/users/7', { method, headers }));
        await connection.receive(method);
      }
      connection.destroy();
      const spans = await app.spans(requests.length);
      expect(
        spans.map(({ attributes }) => [
          attributes['http.request.method'],
          `${attributes['server.address']}:${attributes['server.port']}`,
          attributes['user_agent.original'],
          attributes['network.peer.port'],
          attributes['http.route'],
          Object.keys(attributes).length,
        ]),
      ).toEqual(
        requests.map(([method, headers]) => {
          const { host = 'contract.test:80', 'user-agent': agent } = Object.fromEntries(headers);
          return [method, host, agent, connection.localPort, '/users/:id', agent === undefined ? 11 : 12];
        }),
      );
    });

    test('leave out what the request did not have', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { headers: [['host', 'users.test:8080']] });
      const [span] = await app.spans(1);
      const names = Object.keys(span?.attributes ?? {});
      expect(names).not.toContain('url.query');
      expect(names).not.toContain('user_agent.original');
      expect(names).not.toContain('http.request.method_original');
      expect(names).not.toContain('error.type');
    });

    test.each([['GET'], ['POST'], ['PUT'], ['PATCH'], ['DELETE'], ['OPTIONS']])(
      'name a %s by its method',
      async (method) => {
        const app = await startTraced(adapter, { routes: [{ ...user, method }] });
        await app.request('/users/7', { method, headers: [['content-type', 'application/json']], body: '{}' });
        const [span] = await app.spans(1);
        expect(span?.name).toBe(`${method} /users/:id`);
        expect(span?.attributes).toMatchObject({ 'http.request.method': method, 'http.route': '/users/:id' });
      },
    );

    test.each<[string, readonly string[], string, string, string]>([
      ['one parameter', ['/users/:id'], '/orders/:oid', '/users/7/orders/9', '/users/:id/orders/:oid'],
      [
        'three routers',
        ['/api', '/v/:version', '/users/:id'],
        '/orders',
        '/api/v/2/users/7/orders',
        '/api/v/:version/users/:id/orders',
      ],
    ])('have the whole pattern of a route mounted on %s', async (_name, mounts, path, target, route) => {
      const app = await startTraced(adapter, { routes: [{ ...user, mounts, path }] });
      await app.request(target);
      const [span] = await app.spans(1);
      expect(span?.name).toBe(`GET ${route}`);
      expect(span?.attributes).toMatchObject({ 'http.route': route, 'url.path': target });
    });

    test('have no route if none matched, and not the path instead', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      const { status } = await app.request('/nothing/here');
      expect(status).toBe(404);
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe('GET: 404, unset');
      expect(span?.attributes).not.toHaveProperty(['http.route']);
      expect(span?.attributes).toMatchObject({ 'url.path': '/nothing/here' });
    });

    test('have no route if only its path matched', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { method: 'DELETE' });
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe('DELETE: 404, unset');
      expect(span?.attributes).not.toHaveProperty(['http.route']);
    });

    test('have no route if none matched below a prefix with middleware', async () => {
      const seen: unknown[] = [];
      const app = await startTraced(adapter, {
        routes: [],
        middleware: { prefix: '/api', run: ({ request }) => seen.push(request.method) },
      });
      await app.request('/api/nothing');
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe('GET: 404, unset');
      expect(span?.attributes).not.toHaveProperty(['http.route']);
      expect(span?.attributes).toMatchObject({ 'url.path': '/api/nothing' });
      expect(seen).toHaveLength(1);
    });

    if (!adapter.lacks?.includes('methods')) {
      test('name an unknown method HTTP, and keep the original in a separate attribute', async () => {
        const app = await startTraced(adapter, { routes: [{ ...user, method: 'PROPFIND' }] });
        await app.request('/users/7', { method: 'PROPFIND' });
        await app.request('/nothing', { method: 'M-SEARCH' });
        const [routed, notFound] = await app.spans(2);
        expect(routed?.name).toBe('HTTP /users/:id');
        expect(routed?.attributes).toMatchObject({
          'http.request.method': '_OTHER',
          'http.request.method_original': 'PROPFIND',
        });
        expect(notFound?.name).toBe('HTTP');
        expect(notFound?.attributes).toMatchObject({
          'http.request.method': '_OTHER',
          'http.request.method_original': 'M-SEARCH',
        });
      });

      test.each<[string, TracingOptions]>([
        ['option', { knownMethods: ['GET', 'PROPFIND'] }],
        ['environment', { env: { OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET,PROPFIND' } }],
      ])('know the methods of the %s and no others', async (_name, tracing) => {
        const routes = ['PROPFIND', 'POST'].map((method) => ({ ...user, method }));
        const app = await startTraced(adapter, { routes, tracing });
        await app.request('/users/7', { method: 'PROPFIND' });
        await app.request('/users/7', { method: 'POST' });
        const spans = await app.spans(2);
        expect(spans.map(methodOf)).toEqual([
          { name: 'PROPFIND /users/:id', method: 'PROPFIND', original: undefined },
          { name: 'HTTP /users/:id', method: '_OTHER', original: 'POST' },
        ]);
      });
    }

    test.each([
      [200, '200, unset'],
      [302, '302, unset'],
      [400, '400, unset'],
      [404, '404, unset'],
      [499, '499, unset'],
      [500, '500, error, error.type 500'],
      [503, '503, error, error.type 503'],
    ])('judge an answer of %i as the conventions do', async (status, outcome) => {
      const route: Route = { method: 'GET', path: '/answer', handler: ({ send }) => send(status, 'answer') };
      const app = await startTraced(adapter, { routes: [route] });
      await app.request('/answer');
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe(`GET /answer: ${outcome}`);
    });
  });

  describe('url.query', () => {
    test.each([
      ['X-Amz-Signature', 'X-Amz-Signature=5d672d79&page=2', 'X-Amz-Signature=REDACTED&page=2'],
      ['X-Amz-Credential', 'page=2&X-Amz-Credential=AKIA%2F2024', 'page=2&X-Amz-Credential=REDACTED'],
      ['X-Amz-Security-Token', 'a=1&X-Amz-Security-Token=Fwo=&b=2', 'a=1&X-Amz-Security-Token=REDACTED&b=2'],
      ['AWSAccessKeyId', 'AWSAccessKeyId=AKIA', 'AWSAccessKeyId=REDACTED'],
      ['Signature', 'Signature=vjbyPxybdZ', 'Signature=REDACTED'],
      ['sig', 'sv=2022&sig=abc%2Bdef', 'sv=2022&sig=REDACTED'],
      ['X-Goog-Signature', 'X-Goog-Signature=247a', 'X-Goog-Signature=REDACTED'],
      ['every one of several', 'sig=1&sig=2&Signature=3', 'sig=REDACTED&sig=REDACTED&Signature=REDACTED'],
    ])('hides the value of %s', async (_key, query, recorded) => {
      expect(await recordedQuery(query)).toBe(recorded);
    });

    test.each([
      ['keys in another case than the conventions’', 'SIG=1&x-amz-signature=3&awsaccesskeyid=4'],
      ['keys that only contain one', 'sigma=1&design=2&xSignature=3'],
      ['a secret name as a value', 'q=sig&q=Signature'],
      ['spaces in either form', 'q=a%20b&r=a+b'],
      ['keys that repeat', 'a=1&a=2'],
      ['empty parts', 'a=&b&&c=1&'],
      ['what is not encoded as it should be', 'a=%zz&b=[1]&c="%"'],
      ['a second question mark', 'a=b?c=d'],
    ])('leaves %s as they were', async (_what, query) => {
      expect(await recordedQuery(query)).toBe(query);
    });

    async function recordedQuery(query: string): Promise<unknown> {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request(`/users/7?${query}`);
      const [span] = await app.spans(1);
      expect(span?.attributes['url.path']).toBe('/users/7');
      return span?.attributes['url.query'];
    }
  });

  describe('addresses', () => {
    test.each([
      ['a name with a port', 'users.test:8080', 'users.test', 8080],
      ['an IPv4 address with a port', '10.0.0.9:3000', '10.0.0.9', 3000],
      ['an IPv6 address with a port', '[2001:db8::7]:3000', '2001:db8::7', 3000],
      // The port is fixed, so that both sides agree. The client uses the default port of the scheme.
      ['a name alone', 'users.test', 'users.test', 80],
      ['an IPv6 address alone', '[::1]', '::1', 80],
    ])('take server.address and server.port from a Host of %s', async (_what, host, address, port) => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { headers: [['host', host]] });
      const [span] = await app.spans(1);
      expect(serverOf(span)).toEqual({ address, port });
    });

    test('have the scheme of an encrypted connection, and its default port', async () => {
      const app = await startTraced(adapter, { routes: [user], certificate: testCertificate });
      await app.request('/users/7', { headers: [['host', 'users.test']], tls: true });
      const [span] = await app.spans(1);
      expect(span?.attributes).toMatchObject({
        'url.scheme': 'https',
        'server.address': 'users.test',
        'server.port': 443,
        'client.address': '127.0.0.1',
      });
    });

    test('have no server.address for HTTP/1.0 without Host', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      const connection = await openConnection(app.port);
      await connection.send('GET /users/7 HTTP/1.0\r\n\r\n');
      expect(await connection.receiveAll()).toMatch(/^HTTP\/1\.1 200 /);
      const [span] = await app.spans(1);
      expect(serverOf(span)).toEqual({ address: undefined, port: undefined });
      expect(span?.attributes['network.protocol.version']).toBe('1.0');
      expect(span?.name).toBe('GET /users/:id');
    });

    test('take path and query of a request target in absolute form', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('http://users.test:8080/users/7?page=2', { headers: [['host', 'users.test:8080']] });
      const [span] = await app.spans(1);
      expect(span?.name).toBe('GET /users/:id');
      expect(span?.attributes).toMatchObject({
        'url.path': '/users/7',
        'url.query': 'page=2',
        'url.scheme': 'http',
        'server.address': 'users.test',
        'server.port': 8080,
      });
    });

    const forwarded = [
      ['host', 'internal.test:8080'],
      ['x-forwarded-for', '203.0.113.9, 198.51.100.4'],
      ['x-forwarded-host', 'shop.test:8443'],
      ['x-forwarded-proto', 'https'],
      ['forwarded', 'for=203.0.113.77;host=evil.test;proto=https'],
    ] as const;
    const asConnected = {
      'client.address': '127.0.0.1',
      'server.address': 'internal.test',
      'server.port': 8080,
      'url.scheme': 'http',
      'network.peer.address': '127.0.0.1',
    };

    test('ignore forwarded headers by default', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { headers: forwarded });
      const [span] = await app.spans(1);
      expect(span?.attributes).toMatchObject(asConnected);
    });

    if (adapter.kind === 'framework') {
      test('use forwarded headers of a proxy that the application trusts', async () => {
        const app = await startTraced(adapter, { routes: [user], trustProxy: true });
        await app.request('/users/7', { headers: forwarded });
        const [span] = await app.spans(1);
        expect(span?.attributes).toMatchObject({
          'client.address': '203.0.113.9',
          'server.address': 'shop.test',
          'server.port': 8443,
          'url.scheme': 'https',
          'network.peer.address': '127.0.0.1',
        });
      });

      test('use as many proxies as the application trusts', async () => {
        const app = await startTraced(adapter, { routes: [user], trustProxy: (_address, hop) => hop < 1 });
        await app.request('/users/7', { headers: forwarded });
        const [span] = await app.spans(1);
        expect(span?.attributes['client.address']).toBe('198.51.100.4');
      });

      test('ignore forwarded headers of a peer that is not a trusted proxy', async () => {
        const app = await startTraced(adapter, { routes: [user], trustProxy: '10.0.0.0/8' });
        await app.request('/users/7', { headers: forwarded });
        const [span] = await app.spans(1);
        expect(span?.attributes).toMatchObject(asConnected);
      });

      test('have the default port of the scheme that a trusted proxy names', async () => {
        const app = await startTraced(adapter, { routes: [user], trustProxy: true });
        const headers = [
          ['x-forwarded-host', 'shop.test'],
          ['x-forwarded-proto', 'https'],
        ] as const;
        await app.request('/users/7', { headers });
        const [span] = await app.spans(1);
        expect(serverOf(span)).toEqual({ address: 'shop.test', port: 443 });
      });
    }

    test('are those of each request, also on one connection', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      const connection = await openConnection(app.port);
      for (const host of ['one.test', 'two.test']) {
        await connection.send(requestText('/users/7', { headers: [['host', host]] }));
        await connection.receive();
      }
      connection.destroy();
      const spans = await app.spans(2);
      expect(
        spans.map(({ attributes }) => [
          attributes['network.peer.port'],
          attributes['client.address'],
          attributes['server.address'],
        ]),
      ).toEqual([
        [connection.localPort, '127.0.0.1', 'one.test'],
        [connection.localPort, '127.0.0.1', 'two.test'],
      ]);
    });
  });
}

function methodOf({ name, attributes }: SpanData): object {
  return { name, method: attributes['http.request.method'], original: attributes['http.request.method_original'] };
}

function serverOf(span: SpanData | undefined): object {
  return { address: span?.attributes['server.address'], port: span?.attributes['server.port'] };
}
