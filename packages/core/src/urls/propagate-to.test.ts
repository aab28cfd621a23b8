import { compilePropagateTo, type HostRules } from './propagate-to.ts';

/** Those of the URLs that rules allow. */
function allowed(rules: HostRules, urls: readonly string[]): readonly string[] {
  const { mayTrace, mayCarryBaggage } = compilePropagateTo(rules);
  expect(mayCarryBaggage).toBe(mayTrace);
  return urls.filter((url) => mayTrace === undefined || mayTrace(url));
}

test.each<[string, HostRules, readonly string[], readonly string[]]>([
  ['*', '*', ['https://anything.example/'], []],
  [
    'local',
    'local',
    [
      'http://localhost:3000/a',
      'http://api.localhost/',
      'http://127.0.0.1:8080',
      'http://[::1]:3000/',
      'http://[::ffff:10.0.0.1]/',
      'http://10.1.2.3/',
      'http://172.16.0.1/',
      'https://192.168.1.1/',
      'http://[fd00::1]/',
      'http://orders:3000/',
      'http://printer.local/',
      'http://db.internal/',
      'http://orders.shop.svc/',
      'http://orders.shop.svc.cluster.local./',
      'http://0x7f.1/',
    ],
    [
      'http://172.32.0.1/',
      'http://8.8.8.8/',
      'http://169.254.169.254/',
      'http://[2001:db8::1]/',
      'https://example.com/',
      'https://notlocal.example/',
      'https://internal.example.com/',
      'https://local@example.com/',
      'https://example.com/?a=localhost',
      'https://example.com#.local',
      'not a url',
    ],
  ],
  [
    'a host on any port',
    'api.Example.com',
    ['http://api.example.com/', 'https://API.example.com:8443/a', 'https://user@api.example.com/'],
    [
      'https://example.com',
      'https://v2.api.example.com',
      'https://api.example.com.evil.test',
      'https://api.example.com@evil.test/',
    ],
  ],
  [
    'a host on one port',
    'example.com:443',
    ['https://example.com/'],
    ['http://example.com/', 'https://example.com:8443/'],
  ],
  ['an address', '[2001:db8::1]:3000', ['http://[2001:db8::1]:3000/a'], ['http://[2001:db8::1]/']],
  [
    'all below a host',
    '*.example.com',
    ['https://a.example.com/', 'http://a.b.example.com:80/'],
    ['https://example.com/', 'https://badexample.com/'],
  ],
  ['an origin', 'https://example.com', ['https://example.com/a'], ['http://example.com/', 'https://example.com:8443/']],
  [
    'a pattern',
    /^https:\/\/[a-z]+\.example\.com$/g,
    ['https://a.example.com/x', 'https://b.example.com'],
    ['http://a.example.com/'],
  ],
  ['a function', ({ hostname }) => hostname.endsWith('.test'), ['http://a.test/'], ['http://a.example/']],
  [
    'several',
    ['local', /\.test$/, 'example.com'],
    ['http://localhost', 'http://a.test/', 'http://example.com'],
    ['http://b.example'],
  ],
  ['none', [], [], ['http://localhost/']],
])('%s', (_what, rules, inside, outside) => {
  expect(allowed(rules, [...inside, ...outside])).toEqual(inside);
  expect(allowed(rules, [...outside, ...inside])).toEqual(inside); // a second time, and in another order
});

test('sends trace headers to all hosts and baggage to local hosts by default', () => {
  const { mayTrace, mayCarryBaggage } = compilePropagateTo();
  expect(mayTrace).toBeUndefined();
  expect([mayCarryBaggage?.('http://localhost/'), mayCarryBaggage?.('http://example.com/')]).toEqual([true, false]);
});

test('takes one of the two, and leaves the other as it is', () => {
  const { mayTrace, mayCarryBaggage } = compilePropagateTo({ baggage: '*' });
  expect([mayTrace, mayCarryBaggage]).toEqual([undefined, undefined]);
});

test('asks a function once for each origin', () => {
  const rule = jest.fn(() => true);
  allowed(rule, ['http://a.test/1', 'http://a.test/2?a#b', 'http://user:pw@a.test/3', 'http://b.test']);
  expect(rule.mock.calls.map(([url]: [URL?]) => url?.origin)).toEqual(['http://a.test', 'http://b.test']);
});

test.each([
  5,
  null,
  '',
  [''],
  [5],
  'a host',
  'example.com/path',
  'https://user@example.com',
  'a.*.example.com',
  '*.',
  { traceContex: 'local' },
  { baggage: 5 },
])('refuses %p', (propagateTo) => {
  expect(() => compilePropagateTo(propagateTo as never)).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION', message: expect.stringContaining('propagateTo') }),
  );
});
