import { resolveProxy } from './proxy.ts';

/** The proxy, and the setting that names it. */
function resolve(receiver: string, env: Record<string, string>, given?: string | false): string {
  const { origin, proxy, warnings } = resolveProxy(receiver, given, env);
  expect(proxy?.shown ?? 'none').toBe(origin.value.split(',')[0]);
  return [`${origin.value} (${origin.from})`, ...warnings].join('; ');
}

const [http, https] = ['http://collector.example.com:4318/v1/traces', 'https://collector.example.com/v1/traces'];

test.each<[string, Record<string, string>, string]>([
  [http, {}, 'none (default)'],
  [http, { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128 (HTTP_PROXY)'],
  [http, { http_proxy: 'http://q:1', HTTP_PROXY: 'http://p:3128' }, 'http://q:1 (http_proxy)'],
  [http, { http_proxy: '', HTTP_PROXY: 'http://p:3128' }, 'http://p:3128 (HTTP_PROXY)'],
  [http, { HTTPS_PROXY: 'http://p:3128' }, 'none (default)'],
  [https, { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128 (HTTPS_PROXY)'],
  [https, { https_proxy: 'http://q:1', HTTPS_PROXY: 'http://p:3128' }, 'http://q:1 (https_proxy)'],
  [https, { HTTP_PROXY: 'http://p:3128' }, 'none (default)'],
  [https, { HTTPS_PROXY: 'p:3128' }, 'http://p:3128 (HTTPS_PROXY)'],
  [https, { HTTPS_PROXY: 'https://p' }, 'https://p (HTTPS_PROXY)'],
  [https, { HTTPS_PROXY: 'http://me:secret@p:3128/x?y' }, 'http://p:3128 (HTTPS_PROXY)'],
  // https://httpoxy.org
  [http, { HTTP_PROXY: 'http://p:3128', REQUEST_METHOD: 'GET' }, 'none (default)'],
  [http, { http_proxy: 'http://p:3128', REQUEST_METHOD: 'GET' }, 'http://p:3128 (http_proxy)'],
])('to %s with %j: %s', (receiver, env, expected) => {
  expect(resolve(receiver, env)).toBe(expected);
});

test.each(['socks5://me:secret@p:1080', 'http://', 'ftp://p', 'http://p:99999'])(
  '%s is no proxy, and reported',
  (text) => {
    const said = resolve(https, { HTTPS_PROXY: text });
    expect(said).toMatch(
      /^none \(default\); HTTPS_PROXY=.* was ignored: it must be the URL of an HTTP proxy, such as /,
    );
    expect(said).not.toContain('secret');
  },
);

test.each([
  'http://localhost:4318/',
  'http://LOCALHOST./',
  'http://api.localhost/',
  'http://127.0.0.1:4318/',
  'http://127.9.9.9/',
  'http://[::1]:4318/',
  'http://0.0.0.0/',
])('%s is on this machine, and reached directly', (receiver) => {
  expect(resolve(receiver, { HTTP_PROXY: 'http://p:1' })).toBe('none, for a receiver on this machine (HTTP_PROXY)');
  expect(resolve(receiver, {}, 'http://p:1')).toBe('http://p:1 (code)');
});

test('code wins over variables', () => {
  const env = { HTTP_PROXY: 'http://p:1', NO_PROXY: '*' };
  expect(resolve(http, env, false)).toBe('none (code)');
  expect(resolve(http, env, 'http://q:2')).toBe('http://q:2 (code)');
});

test.each<[string, string, boolean]>([
  ['http://a.example.com/', '*', true],
  ['http://a.example.com/', 'example.com', true],
  ['http://a.example.com/', '.example.com', true],
  ['http://a.example.com/', '*.example.com', true],
  ['http://example.com/', 'example.com', true],
  ['http://example.com/', '.example.com', true],
  ['http://notexample.com/', 'example.com', false],
  ['http://example.com.evil.net/', 'example.com', false],
  ['http://EXAMPLE.com./', 'Example.COM.', true],
  ['http://a.example.com/', 'x, a.example.com', true],
  ['http://a.example.com/', 'x a.example.com', true],
  ['http://a.example.com/', ' ,, ', false],
  ['http://a.example.com:8080/', 'a.example.com:8080', true],
  ['http://a.example.com:8081/', 'a.example.com:8080', false],
  ['http://a.example.com/', 'a.example.com:80', true],
  ['https://a.example.com/', 'a.example.com:80', false],
  ['https://a.example.com/', 'a.example.com:443', true],
  ['http://10.1.2.3/', '10.1.2.3', true],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://10.1.2.3/', '10.1.2', false],
  ['http://10.1.2.3/', '10.1.2.3:80', true],
  ['http://10.1.2.3:81/', '10.1.2.3:80', false],
  ['http://[fd00::1]/', 'fd00::/8', true],
  ['http://[fd00::1]/', 'fd00::1', true],
  ['http://[fd00::1]:4318/', '[fd00::1]:4318', true],
  ['http://[fd00::1]:4319/', '[fd00::1]:4318', false],
  ['http://[fe00::1]/', 'fd00::/8', false],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
  ['http://a.example.com/', '10.0.0.0/8', false],
])('%s matches NO_PROXY=%s: %s', (receiver, list, isExcepted) => {
  const env = { http_proxy: 'http://p:1', https_proxy: 'http://p:1' };
  for (const name of ['NO_PROXY', 'no_proxy']) {
    expect(resolveProxy(receiver, undefined, { ...env, [name]: list }).proxy === undefined).toBe(isExcepted);
  }
});

test('no_proxy wins over NO_PROXY', () => {
  const env = { http_proxy: 'http://p:1', no_proxy: 'other.example.com', NO_PROXY: '*' };
  expect(resolve(http, env)).toBe('http://p:1 (http_proxy)');
  expect(resolve(http, { ...env, no_proxy: '*' })).toBe('none (no_proxy)');
});
