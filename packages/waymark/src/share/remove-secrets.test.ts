import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Attributes, Span } from '../model/span.ts';
import { type RedactOptions, redactTrace } from './redact-trace.ts';

const [plain] = sketchTrace('shop client call 0-100') as [Span];

/** The attribute in the shared trace, and the kinds of what was removed from it. */
function share(key: string, value: unknown, options?: RedactOptions, more: Partial<Span> = {}) {
  const attributes = { ...more.attributes, [key]: value } as Attributes;
  const { spans, removed } = redactTrace([{ ...plain, ...more, attributes }], options);
  return { value: spans[0]?.attributes[key], kinds: removed.map(({ kind }) => kind) };
}

const jwt =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const random = 'q7XkP2mZ9vRt4LwB8nYc3JdF';

describe('by the form of a value', () => {
  test.each([
    ['user-info', 'url.full', 'https://ada:pw@example.com/a', 'https://REDACTED:REDACTED@example.com/a'],
    ['user-info', 'db.url', 'postgres://ada:p/w#1@db:5432/shop', 'postgres://REDACTED:REDACTED@db:5432/shop'],
    ['user-info', 'note', 'see redis://:hunter2@cache:6379/0', 'see redis://REDACTED:REDACTED@cache:6379/0'],
    [
      'url-parameter',
      'url.full',
      'https://a.example/x?a=1&token=abc&b=2',
      'https://a.example/x?a=1&token=REDACTED&b=2',
    ],
    [
      'url-parameter',
      'url.full',
      'https://a.example/cb#access_token=abc',
      'https://a.example/cb#access_token=REDACTED',
    ],
    ['url-parameter', 'url.query', 'code=abc&state=1', 'code=REDACTED&state=1'],
    [
      'url-parameter',
      'http.target',
      '/login?next=https%3A%2F%2Fx%2F%3Fapi_key%3Dabc',
      '/login?next=https%3A%2F%2Fx%2F%3Fapi_key%3DREDACTED',
    ],
    ['bearer-token', 'note', 'sent Authorization Bearer s3cr3t-t0ken', 'sent Authorization Bearer REDACTED'],
    ['bearer-token', 'note', 'Basic YWRhOnB3', 'Basic REDACTED'],
    ['jwt', 'note', `got ${jwt} from the client`, 'got REDACTED from the client'],
    ['service-key', 'note', 'AKIAIOSFODNN7EXAMPLE was refused', 'REDACTED was refused'],
    ['service-key', 'note', `sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`, 'REDACTED'],
    ['service-key', 'note', `ghp_${'16C7e42F292c6912E7710c838347Ae178B4a'}`, 'REDACTED'],
    [
      'service-key',
      'url.full',
      `https://hooks.slack.com/services/${'T00000000/B00000000'}/XXXXXXXX`,
      'https://hooks.slack.com/services/REDACTED',
    ],
    ['email', 'note', 'no user ada.lovelace+shop@mail.example.org', 'no user REDACTED'],
    ['email', 'url.path', '/users/ada%40example.org/orders', '/users/REDACTED/orders'],
    ['card-number', 'note', 'card 4111 1111 1111 1111 declined', 'card REDACTED declined'],
    ['card-number', 'note', '378282246310005', 'REDACTED'],
    ['card-number', 'note', 4_111_111_111_111_111, 'REDACTED'],
    ['iban', 'note', 'from DE89 3704 0044 0532 0130 00', 'from REDACTED'],
    [
      'private-key',
      'note',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- and more',
      'REDACTED and more',
    ],
    ['cookie', 'note', 'Cookie: sid=abc; theme=dark', 'Cookie: REDACTED'],
    ['named-secret', 'note', 'password=hunter2 host=db', 'password=REDACTED host=db'],
    ['named-secret', 'http.request.body', '{"user":"x","apiKey":"abc"}', '{"user":"x","apiKey":"REDACTED"}'],
    ['named-secret', 'note', '{\\"password\\":\\"x\\"}', '{\\"password\\":\\"REDACTED\\"}'],
    [
      'named-secret',
      'process.command_line',
      'node app.js --token s3cret --port 1',
      'node app.js --token REDACTED --port 1',
    ],
    ['random-string', 'note', `key ${random} is wrong`, 'key REDACTED is wrong'],
    ['random-string', 'url.path', `/reset/${random}/confirm`, '/reset/REDACTED/confirm'],
    ['path', 'process.executable.path', '/home/ada/.nvm/bin/node', '/home/REDACTED/.nvm/bin/node'],
    ['path', 'code.file', 'C:\\Users\\ada\\shop\\app.js', 'C:\\Users\\REDACTED\\shop\\app.js'],
  ])('%s: %s %j', (kind, key, value, expected) => {
    expect(share(key, value)).toEqual({ value: expected, kinds: [kind] });
  });

  test('a connection string loses its user and its password', () => {
    expect(share('note', 'Server=db;Database=shop;User Id=sa;Password=pw;Encrypt=true').value).toBe(
      'Server=db;Database=shop;User Id=REDACTED;Password=REDACTED;Encrypt=true',
    );
    expect(share('note', 'AccountName=shop;AccountKey=Zm9v+/Zm9v==;EndpointSuffix=x').value).toBe(
      'AccountName=shop;AccountKey=REDACTED;EndpointSuffix=x',
    );
  });

  test('values in lists, maps and arguments are checked, and bytes are removed', () => {
    expect(share('note', ['a', `x ${jwt}`]).value).toEqual(['a', 'x REDACTED']);
    expect(share('note', { kvlistValue: { email: 'x', note: 'ada@example.org' } }).value).toEqual({
      kvlistValue: { note: 'REDACTED' },
    });
    const user = { kvlistValue: { name: 'Ada', plan: 'free', friends: [{ kvlistValue: { email: 'x', since: 3 } }] } };
    expect(share('user', user).value).toEqual({
      kvlistValue: { plan: 'free', friends: [{ kvlistValue: { since: 3 } }] },
    });
    expect(share('process.command_args', ['app', '--password', 'x', '--port', '1']).value).toEqual([
      ...['app', '--password', 'REDACTED', '--port', '1'],
    ]);
    expect(share('note', { bytesValue: 'AAAA' })).toEqual({ value: { bytesValue: '' }, kinds: ['bytes'] });
  });
});

describe('in a database query', () => {
  test.each([
    [
      'postgresql',
      `SELECT * FROM "users" WHERE email = 'ada''s' AND age > 42 LIMIT 5`,
      'SELECT * FROM "users" WHERE email = ? AND age > ? LIMIT 5',
    ],
    ['mysql', 'INSERT INTO `t` (`a`) VALUES ("ada", 12.5, -3e10)', 'INSERT INTO `t` (`a`) VALUES (?, ?, ?)'],
    [
      'postgresql',
      "SELECT $1, $tag$it's$tag$, E'a\\'b', t2.c3 FROM t2 WHERE id = $2",
      'SELECT $1, ?, ?, t2.c3 FROM t2 WHERE id = $2',
    ],
    ['postgresql', "UPDATE users SET name = 'cut off he", 'UPDATE users SET name = ?'],
    ['mongodb', '{"find":"users","filter":{"email":"ada","age":42}}', '{"find":"?","filter":{"email":"?","age":?}}'],
    ['redis', 'SET user:7 "hunter2"', 'SET user:7 ?'],
    ['redis', 'AUTH hunter2', 'AUTH ?'],
  ])('%s: %s', (system, query, expected) => {
    const attributes = { 'db.system.name': system };
    expect(share('db.query.text', query, {}, { attributes })).toMatchObject({ value: expected });
    expect(share('db.statement', query, {}, { attributes })).toMatchObject({ value: expected });
  });

  test('parameters are removed, and values in a name or a message that quotes the query', () => {
    expect(share('db.query.parameter.0', 'ada')).toEqual({ value: '?', kinds: ['query-literal'] });
    const name = "SELECT * FROM users WHERE email = 'ada'";
    const { spans } = redactTrace([{ ...plain, name, status: { code: 'error', message: `${name} failed` } }]);
    expect(spans[0]?.name).toBe('SELECT * FROM users WHERE email = ?');
    expect(spans[0]?.status?.message).toBe('SELECT * FROM users WHERE email = ? failed');
  });
});

describe('in an error', () => {
  test.each([
    ["Duplicate entry 'ada' for key 'users.email'", "Duplicate entry 'REDACTED' for key 'users.email'"],
    ['Key (name)=(ada lovelace) already exists.', 'Key (name)=(REDACTED) already exists.'],
    ["Cannot read properties of undefined (reading 'name')", "Cannot read properties of undefined (reading 'name')"],
    [
      "ENOENT: no such file or directory, open '/etc/shop/ada.json'",
      "ENOENT: no such file or directory, open '…/ada.json'",
    ],
    ['Unexpected token \'h\', "hunter2" is not valid JSON', 'Unexpected token \'h\', "REDACTED" is not valid JSON'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 127.0.0.1:5432'],
    ['GET /users/7/orders answered 502', 'GET /users/7/orders answered 502'],
    ["can't find the user's cart", "can't find the user's cart"],
  ])('%s', (message, expected) => {
    expect(share('exception.message', message).value).toBe(expected);
    const { spans } = redactTrace([{ ...plain, status: { code: 'error', message } }]);
    expect(spans[0]?.status?.message).toBe(expected);
  });

  test('folders and values are removed from a stack; frames of dependencies and of Node stay readable', () => {
    const stack = `Error: no user "ada@example.org"
    at loadUser (/home/ada/secret project/src/users.js:12:9)
    at async file:///srv/shop/dist/app.mjs:3:1
    at Layer.handle [as handle_request] (/home/ada/shop/node_modules/.pnpm/express@4.21.2/node_modules/express/lib/router/layer.js:95:5)
    at C:\\work\\shop\\node_modules\\pg\\lib\\client.js:526:17
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at webpack-internal:///./src/orders.js:3:1`;
    expect(share('exception.stacktrace', stack).value).toBe(`Error: no user "REDACTED"
    at loadUser (…/users.js:12:9)
    at async …/app.mjs:3:1
    at Layer.handle [as handle_request] (…/node_modules/express/lib/router/layer.js:95:5)
    at …/node_modules\\pg\\lib\\client.js:526:17
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at webpack-internal:///./src/orders.js:3:1`);
    const python = `Traceback (most recent call last):\n  File "/home/ada/app/users.py", line 3, in load\n    raise KeyError(name)`;
    expect(share('exception.stacktrace', python).value).toBe(
      `Traceback (most recent call last):\n  File "…/users.py", line 3, in load\n    raise KeyError(name)`,
    );
  });
});

test('usual values of a trace are kept', () => {
  const harmless: Attributes = {
    'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'aws.xray': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8',
    'service.version': '5.0.1-beta.20240102+sha.5114f85',
    'service.instance.id': '550e8400-e29b-41d4-a716-446655440000',
    'container.id': 'a'.repeat(32) + '0123456789abcdef'.repeat(2),
    'k8s.pod.name': 'checkout-service-7d9f8b6c5d-x2x9k',
    'mongo.object': '507f1f77bcf86cd799439011',
    'http.route': '/api/v2/users/:userId/orders/{orderId}/items',
    'url.path': '/home/feed/latest',
    'url.full': 'http://localhost:3001/users/7?page=2&sort=name#top',
    'code.function': 'OrderServiceImpl.findAllByCustomerIdAndStatusIn',
    'db.query.text': 'SELECT name, price FROM products WHERE id = ANY($1) AND shop_id = ?',
    'db.query.summary': 'SELECT products',
    'user_agent.original':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    'messaging.kafka.offset': 123456789012,
    'process.runtime.version': '20.20.2',
    'package.name': 'express@5.0.1',
    'git.repository': 'git@github.com:example/shop.git',
    'time.ns': '1700000000000000000',
    'time.ms': 1_700_000_000_000,
    'order.number': '4111111111111112',
    note: 'invalid token: unexpected end of input; basic authentication failed at 12:30',
    'log.line': 'GET /orders 200 12ms key=value code=ECONNREFUSED',
    'gen_ai.usage.input_tokens': 1200,
    'otel.scope': '@opentelemetry/instrumentation-express',
    'cloud.resource_id': 'arn:aws:lambda:eu-west-1:123456789012:function:checkout',
    'tls.cipher': 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'file.name': 'node_modules/@scope/package-name/dist/cjs/internal/Observable.js',
  };
  const spans: Span[] = [{ ...plain, attributes: harmless, traceState: 'dd=s:1;o:rum,congo=t61rcWkgMzE' }];
  const shared = redactTrace(spans);
  expect(shared.removed).toEqual([]);
  expect(shared.spans).toEqual(spans);
});

test('secrets are removed from names, events, links, status, resource, scope and keys', () => {
  const secret = 'ada@example.org';
  const attributes = { note: secret, [secret]: 'x' };
  const { spans, removed } = redactTrace([
    {
      ...plain,
      name: `mail to ${secret}`,
      attributes,
      traceState: `v=${secret}`,
      events: [{ timeUnixNano: '1', name: secret, attributes }],
      links: [{ traceId: plain.traceId, spanId: plain.spanId, attributes, traceState: `v=${secret}` }],
      status: { code: 'error', message: secret },
      resource: { serviceName: secret, attributes: { ...attributes, 'service.name': secret } },
      scope: { name: secret, attributes },
    },
  ]);
  expect(JSON.stringify(spans)).not.toContain('ada');
  expect(JSON.stringify(removed)).not.toContain('ada');
  expect(new Set(removed.map(({ kind }) => kind))).toEqual(new Set(['email']));
  expect(removed.map(({ where }) => where)).toEqual(
    expect.arrayContaining([
      ...[
        'span.name',
        'event.name',
        'status.message',
        'service.name',
        'scope.name',
        'tracestate',
        'note',
        'attribute key',
      ],
    ]),
  );
});

describe('options', () => {
  test('keep a kind, or a key', () => {
    expect(share('note', 'ada@example.org', { keep: new Set(['email']) })).toEqual({
      value: 'ada@example.org',
      kinds: [],
    });
    expect(share('user.email', 'ada@example.org', { keep: new Set(['user.email']) }).value).toBe('ada@example.org');
    expect(share('user.email', 'ada@example.org', { keep: new Set(['all']) }).value).toBe('ada@example.org');
  });

  test('remove more: given keys, and with isStrict errors, parameters and addresses', () => {
    expect(share('shop.coupon', 'x', { also: new Set(['shop.coupon']) })).toEqual({ value: undefined, kinds: ['key'] });
    const isStrict = true;
    expect(share('url.full', 'http://h/a?page=2#top', { isStrict }).value).toBe('http://h/a?page=REDACTED#REDACTED');
    expect(share('exception.message', 'no such user: ada', { isStrict }).value).toBe('REDACTED');
    expect(share('server.address', '10.1.2.3', { isStrict }).value).toBe('REDACTED');
  });

  test("remove the caller's address from a server span", () => {
    expect(share('network.peer.address', '203.0.113.9', {}, { kind: 'server' }).value).toBe('REDACTED');
    expect(share('network.peer.address', '10.0.0.7', {}, { kind: 'client' }).value).toBe('10.0.0.7');
  });
});

// Each would take minutes if a pattern took time quadratic in the length.
test.each([
  'a'.repeat(250_000),
  'a@'.repeat(125_000),
  '://'.repeat(87_000),
  '='.repeat(250_000),
  'a=b='.repeat(62_000),
  '"\''.repeat(125_000),
  '4 '.repeat(125_000),
  '/a'.repeat(125_000),
  'eyJ'.repeat(87_000),
  '-----BEGIN PRIVATE KEY-----'.repeat(8_000),
  'select '.repeat(37_000),
  "'".repeat(248_999),
  'cookie:'.repeat(35_000),
  '%3d'.repeat(87_000),
  'DE89'.repeat(62_000),
])('a long string takes time linear in its length (%#)', (text) => {
  for (const key of ['note', 'db.query.text', 'exception.stacktrace', 'url.query']) {
    expect(share(key, text, { isStrict: false })).toBeDefined();
  }
});
