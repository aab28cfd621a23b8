// The headers and queries that are recorded. The same for each framework.
import type { AdapterUnderTest, Handler } from '../server/adapter-under-test.ts';
import { closeAll, startTraced } from '../server/traced-app.ts';

const headers = [
  ['x-request-id', 'r-1'],
  ['accept', 'a'],
  ['accept', 'b'],
  ['referer', 'https://ada:pw@example.com/?token=s3cret&page=2'],
  ['authorization', 'Bearer s3cret'],
  ['cookie', 'session=s3cret'],
] as const;

export function describePrivacy(adapter: AdapterUnderTest): void {
  afterEach(closeAll);

  /** The attributes of a request that `handler` answers. */
  async function attributesOf(handler: Handler, tracing: object, target = '/'): Promise<Record<string, unknown>> {
    const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }], tracing });
    await app.request(target, { headers });
    const [span] = await app.spans(1);
    return { ...span?.attributes };
  }

  const answer: Handler = ({ takeOver }) => {
    const response = takeOver();
    response.setHeader('X-Cache', ['a', 'b']);
    response.setHeader('content-length', 2);
    response.writeHead(200).end('ok');
  };
  /** Node does not keep headers that are passed to writeHead(). */
  const answerAtOnce: Handler = ({ takeOver }) => {
    takeOver().writeHead(200, { 'X-Late': 'c', location: '/next?code=s3cret' }).end('ok');
  };

  test('no header is recorded by default', async () => {
    const attributes = await attributesOf(answer, {});
    expect(Object.keys(attributes).filter((key) => key.includes('.header.'))).toEqual([]);
    expect(JSON.stringify(attributes)).not.toContain('s3cret');
  });

  test('headers of requests and responses are recorded by name, as lists', async () => {
    const captureHeaders = {
      request: ['X-Request-Id', 'accept', 'referer', 'x-absent'],
      response: ['x-cache', 'Content-Length', 'x-absent'],
    };
    expect(await attributesOf(answer, { captureHeaders })).toMatchObject({
      'http.request.header.x-request-id': ['r-1'],
      'http.request.header.accept': ['a, b'],
      'http.request.header.referer': ['https://REDACTED:REDACTED@example.com/?token=REDACTED&page=2'],
      'http.response.header.x-cache': ['a', 'b'],
      'http.response.header.content-length': ['2'],
    });
  });

  test('headers of a response that are sent with its head are recorded', async () => {
    const captureHeaders = { response: ['x-late', 'location', 'x-absent'] };
    const attributes = await attributesOf(answerAtOnce, { captureHeaders });
    expect(attributes).toMatchObject({
      'http.response.header.x-late': ['c'],
      'http.response.header.location': ['/next?code=REDACTED'],
    });
    expect(attributes).not.toHaveProperty(['http.response.header.x-absent']);
  });

  test.each(['Authorization', 'cookie', 'Set-Cookie', 'proxy-authorization', 'x-api-key', 'X-CSRF-Token'])(
    '%s in captureHeaders is refused at set-up',
    async (name) => {
      for (const direction of ['request', 'response']) {
        const tracing = { env: {}, captureHeaders: { [direction]: ['x-request-id', name] } };
        await expect(adapter.start({ routes: [], tracing })).rejects.toMatchObject({
          code: 'WAYMARK_INVALID_OPTION',
          message: expect.stringContaining(
            `captureHeaders.${direction} must be without headers that carry credentials`,
          ),
        });
      }
    },
  );

  test.each([[['x-a']], [{ request: 'x-a' }], [{ request: ['x a'] }], [{ requests: ['x-a'] }], [null]])(
    'captureHeaders %j is refused at set-up',
    async (captureHeaders) => {
      const tracing = { env: {}, captureHeaders } as object;
      await expect(adapter.start({ routes: [], tracing })).rejects.toMatchObject({ code: 'WAYMARK_INVALID_OPTION' });
    },
  );

  test('secrets in a query are redacted, and the rest is unchanged', async () => {
    const attributes = await attributesOf(
      answer,
      { redactQuery: { also: ['voucher'] } },
      '/?a=%20b+c&Token=1&voucher=2&sig=3',
    );
    expect(attributes['url.query']).toBe('a=%20b+c&Token=REDACTED&voucher=REDACTED&sig=REDACTED');
  });
}
