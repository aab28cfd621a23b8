// Which callers may send, and which may read.
import { type Collector, CollectorError, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'GET /',
  startTimeUnixNano: `${Date.now()}000000`,
  endTimeUnixNano: `${Date.now()}000001`,
};
const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
const json = { 'content-type': 'application/json' };

describe('a collector on loopback', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector({ port: 0, allowedHosts: ['Collector.test'] });
  });
  afterAll(() => collector.close());

  const send = (headers: Record<string, string>) =>
    rawRequest(collector.otlpUrl, { method: 'POST', headers: { ...json, ...headers }, body });
  const read = (headers: Record<string, string>, path = '/waymark/status') =>
    rawRequest(collector.url + path, { headers });

  test.each(['127.0.0.1', '[::1]'])('listens on %s', async (host) => {
    const answer = await rawRequest(`http://${host}:${collector.port}/waymark/status`);
    expect(answer.status).toBe(200);
  });

  test.each([
    'localhost:4318',
    'LOCALHOST',
    '127.0.0.1:80',
    '127.8.9.10',
    '[::1]:4318',
    'app.localhost:3000',
    'collector.test:4318',
  ])('answers to Host %s', async (host) => {
    expect([(await read({ host })).status, (await send({ host })).status]).toEqual([200, 200]);
  });

  test.each([
    'evil.example',
    'evil.example:4318',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '192.168.0.7:4318',
    'localhost@evil.example',
  ])('refuses Host %j, for every path', async (host) => {
    const paths = ['/waymark/status', '/', '/api/services', '/api/v2/services', '/nothing'];
    const answers = await Promise.all([send({ host }), ...paths.map((path) => read({ host }, path))]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(answers[1]?.text).toMatch(
      /^\{"status":403,"message":"This collector answers requests to localhost only, got the host /,
    );
  });

  test.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://', 'http://192.168.0.7:3000'])(
    'accepts no spans from pages of %s',
    async (origin) => {
      const answer = await send({ origin });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 7,
        message: expect.stringContaining('may not send spans'),
      });
    },
  );

  test.each(['http://localhost:3000', 'https://127.0.0.1:8443', 'http://[::1]:5173', 'http://app.localhost'])(
    'accepts spans from pages of %s, with CORS headers',
    async (origin) => {
      const preflight = await rawRequest(collector.otlpUrl, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
      expect([preflight.status, preflight.headers]).toMatchObject([
        204,
        {
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'content-type',
          vary: 'origin',
        },
      ]);
      const answer = await send({ origin });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
    },
  );

  test.each(['https://evil.example', 'http://localhost:3000', 'null'])('lets no page of %s read', async (origin) => {
    for (const path of ['/waymark/traces', '/waymark/events', '/api/traces?service=a', '/api/v2/services', '/']) {
      const answer = await read({ origin }, path);
      expect([path, answer.status, answer.headers['access-control-allow-origin']]).toEqual([path, 403, undefined]);
    }
  });

  test('lets its own pages read, and change', async () => {
    const origin = `http://localhost:${collector.port}`;
    const headers = { origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
    expect((await rawRequest(`${collector.url}/waymark/traces`, { headers })).status).toBe(200);
    expect((await rawRequest(`${collector.url}/waymark/traces`, { method: 'DELETE', headers })).status).toBe(204);
  });

  test('cannot be embedded as an image, a script or a frame of another site, but can be linked', async () => {
    const answers = await Promise.all([
      read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }),
      read({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }),
      read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }),
      read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, '/traces'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 200]);
  });

  test.each(['/', '/waymark/status', '/v1/traces', '/nothing/at/all'])(
    'sends strict security headers at %s',
    async (path) => {
      const { headers } = await rawRequest(collector.url + path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      });
    },
  );
});

describe('a collector that others can reach', () => {
  const token = 'a-token-that-is-long-enough';

  test('does not start without a token', async () => {
    await expect(startCollector({ port: 0, host: '0.0.0.0' })).rejects.toThrow(
      expect.objectContaining({ name: 'CollectorError', code: 'WAYMARK_TOKEN_MISSING' }),
    );
    expect(CollectorError.prototype).toBeInstanceOf(Error);
  });

  test.each(['short', 'with a space in between', 'with;semicolon;in;it'])(
    'does not accept %j as a token',
    async (bad) => {
      await expect(startCollector({ port: 0, host: '0.0.0.0', token: bad })).rejects.toThrow(
        'token must have at least 16 characters: letters, digits and -._~ only. (WAYMARK_INVALID_OPTION)',
      );
    },
  );

  test('requires the token for every host name', async () => {
    await using collector = await startCollector({ port: 0, host: '0.0.0.0', token });
    const headers = { host: 'traces.example' };
    const status = `http://127.0.0.1:${collector.port}/waymark/status`;
    const refused = await rawRequest(status, { headers });
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('Authorization: Bearer')]);
    const wrong = { ...headers, authorization: `Bearer ${token}x` };
    expect((await rawRequest(status, { headers: wrong })).status).toBe(401);
    const right = { ...headers, authorization: `Bearer ${token}` };
    expect((await rawRequest(status, { headers: right })).status).toBe(200);

    const ingest = `http://127.0.0.1:${collector.port}/v1/traces`;
    const post = (more: object) => rawRequest(ingest, { method: 'POST', headers: { ...json, ...more }, body });
    expect([(await post(headers)).status, (await post(right)).status]).toEqual([401, 200]);
  });

  test('gives the viewer a cookie for it, and removes it from the URL', async () => {
    await using collector = await startCollector({ port: 0, host: '0.0.0.0', token });
    const base = `http://127.0.0.1:${collector.port}`;
    const first = await rawRequest(`${base}/trace/abc?token=${token}&tab=flame`);
    expect([first.status, first.headers.location]).toEqual([303, '/trace/abc?tab=flame']);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toBe(`waymark_token=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`);
    const second = await rawRequest(`${base}/waymark/status`, { headers: { cookie: `a=b; ${cookie.split(';')[0]}` } });
    expect(second.status).toBe(200);
    const elsewhere = await rawRequest(`${base}//evil.example/?token=${token}`, {
      path: `//evil.example/?token=${token}`,
    });
    expect(elsewhere.headers.location ?? '').not.toContain('//evil');
    expect((await rawRequest(`${base}/?token=wrong`)).status).toBe(401);
  });

  describe('and is opened in a browser', () => {
    const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };

    test('asks for the token in a form, and returns to the requested page', async () => {
      await using collector = await startCollector({ port: 0, host: '0.0.0.0', token });
      const base = `http://127.0.0.1:${collector.port}`;
      const asked = await rawRequest(`${base}/trace/abc?tab=%22%3E%3Cb%3E`, { headers: page });
      expect([asked.status, asked.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
      expect(asked.text).toContain('action="/waymark/token"');
      expect(asked.text).toContain('value="/trace/abc?tab=%22%3E%3Cb%3E"');
      expect(asked.headers['content-security-policy']).toMatch(/form-action 'self'.*frame-ancestors 'none'/);

      const send = (content: string, headers = {}) =>
        rawRequest(`${base}/waymark/token`, { method: 'POST', headers: { ...form, ...headers }, body: content });
      const right = await send(`path=%2Ftrace%2Fabc%3Ftab%3Dflame&token=+${token}+`);
      expect([right.status, right.headers.location]).toEqual([303, '/trace/abc?tab=flame']);
      expect(right.headers['set-cookie']).toEqual([
        `waymark_token=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`,
      ]);
      const wrong = await send('path=%2F%22%3E%3Cscript%3E&token=wrong');
      expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
      expect(wrong.text).toContain('This token is wrong.');
      expect(wrong.text).not.toContain('<script');
      expect((await send('')).status).toBe(401);
      expect((await send(`token=${token}`, { origin: 'http://evil.example' })).status).toBe(403);
      expect((await send('x'.repeat(20_000))).status).toBe(413);
      for (const path of ['//evil.example', '\\\\evil.example', 'http://evil.example']) {
        const { headers } = await send(`token=${token}&path=${encodeURIComponent(path)}`);
        expect(headers.location).toMatch(/^\/(?![/\\])/);
      }
    });

    test('answers programs as before, and has no form if no token is required', async () => {
      await using collector = await startCollector({ port: 0, host: '0.0.0.0', token });
      const answer = await rawRequest(`http://127.0.0.1:${collector.port}/waymark/status`);
      expect([answer.status, JSON.parse(answer.text).status]).toEqual([401, 401]);
      await using open = await startCollector({ port: 0 });
      expect((await rawRequest(`${open.url}/waymark/token`, { method: 'POST', headers: form, body: '' })).status).toBe(
        404,
      );
    });
  });
});
