import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { readCall } from './read-call.ts';

const [client] = sketchTrace('a client call 0-1') as [Span];

function sql(text: string, attributes: Span['attributes'] = {}): Span {
  return { ...client, attributes: { 'db.system.name': 'postgresql', 'db.query.text': text, ...attributes } };
}

function list(count: number, item: string): string {
  return Array.from({ length: count }, () => item).join(', ');
}

describe('the purpose of a call', () => {
  test.each([
    ['SELECT * FROM users WHERE id = $1', 'call'],
    ['/* app */ BEGIN', 'transaction'],
    ['commit;', 'transaction'],
    ["SET LOCAL timezone TO 'UTC'", 'transaction'],
    ['SELECT 1', 'connection'],
    ['FETCH 100 FROM c1', 'page'],
    ['NOTIFY jobs', 'message'],
    [`SELECT * FROM t WHERE id IN (${list(19, '7')})`, 'call'],
    [`SELECT * FROM t WHERE id IN (${list(20, '7')})`, 'batch'],
    [`INSERT INTO t VALUES (${list(30, '$1')})`, 'call'],
    [`INSERT INTO t VALUES ${list(20, '(1, 2)')}`, 'batch'],
    ['SELECT * FROM t WHERE a = $1 LIMIT $2 OFFSET $3', 'call'],
    ['SELECT * FROM t WHERE a = $1 ORDER BY id LIMIT $2 OFFSET $3', 'page'],
    ['SELECT * FROM t WHERE id > $1 ORDER BY id LIMIT 9', 'page'],
    ['SELECT * FROM t WHERE at > $1 ORDER BY at DESC LIMIT 9', 'call'],
    ['SELECT * FROM t WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT 9', 'page'],
    ['SELECT * FROM t WHERE (at, id) > ($1, $2) ORDER BY id LIMIT 9', 'call'],
    ['SELECT * FROM t WHERE id = ANY($1)', 'batch'],
    ["SELECT * FROM t WHERE id = ANY('{1,2}')", 'call'],
    ['SELECT * FROM t WHERE $1 = ANY(tags)', 'call'],
    ['INSERT INTO t SELECT * FROM unnest($1::int[], $2::text[])', 'batch'],
    ['SELECT pg_notify($1, $2)', 'message'],
    ['SELECT pg_try_advisory_lock($1)', 'transaction'],
    ['{"size":9,"search_after":[?]}', 'page'],
    ['{"size":9,"query":{"match":{"name":?}}}', 'call'],
  ])('%s', (text, purpose) => {
    expect(readCall(sql(text)).purpose).toBe(purpose);
  });

  test('depends on the database: SET does not change the session in Redis', () => {
    expect(readCall(sql('SET key ?', { 'db.system.name': 'redis' })).purpose).toBe('call');
    expect(readCall(sql('MULTI', { 'db.system.name': 'redis' })).purpose).toBe('transaction');
  });

  test('is a batch if it declares ten operations or more', () => {
    expect(readCall(sql('INSERT INTO t VALUES ($1)', { 'db.operation.batch.size': 9 })).purpose).toBe('call');
    expect(readCall(sql('INSERT INTO t VALUES ($1)', { 'db.operation.batch.size': 10 })).purpose).toBe('batch');
  });

  test.each([
    [`http://a/users?ids=${Array.from({ length: 20 }, (_, id) => id).join(',')}`, 'batch'],
    [`http://a/users?${Array.from({ length: 20 }, (_, id) => `id=${id}`).join('&')}`, 'batch'],
    [`http://a/users?ids=${Array.from({ length: 19 }, (_, id) => id).join(',')}`, 'call'],
    [`http://a/users/7?fields=${list(20, 'name')}`, 'call'],
  ])('depends on the number of ids in a URL: %s', (url, purpose) => {
    expect(readCall({ ...client, attributes: { 'url.full': url } }).purpose).toBe(purpose);
  });

  test.each([
    ['PutObject', 'single'],
    ['UploadPart', 'single'],
    ['DeleteObject', 'call'],
    ['ListObjectsV2', 'page'],
  ])('of %s in S3', (method, purpose) => {
    const attributes = { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': method };
    expect(readCall({ ...client, attributes }).purpose).toBe(purpose);
  });

  test.each([
    ['chat', 'single'],
    ['embeddings', 'call'],
  ])("of a model's %s", (operation, purpose) => {
    expect(readCall({ ...client, attributes: { 'gen_ai.operation.name': operation } }).purpose).toBe(purpose);
  });

  test.each(['producer', 'consumer'] as const)('of a %s is a message', (kind) => {
    expect(readCall({ ...client, kind }).purpose).toBe('message');
  });

  test('of a call without a name and attributes is unknown', () => {
    expect(readCall({ ...client, name: '' }).purpose).toBe('none');
  });
});

describe('the request of a call', () => {
  test.each([
    ['http://a/items?page=2&limit=9', { asked: 'GET http://a/items?limit=9', page: '2' }],
    ['http://a/items?page%5Bnumber%5D=2', { asked: 'GET http://a/items', page: '2' }],
    ['http://a/items/page/3', { asked: 'GET http://a/items/page', page: '3' }],
    ['http://a/rates?from=USD', { asked: 'GET http://a/rates?from=USD', page: '' }],
    ['http://a/rates?from=200', { asked: 'GET http://a/rates', page: '200' }],
  ])('%s', (url, asked) => {
    const attributes = { 'http.request.method': 'GET', 'url.full': url };
    expect(readCall({ ...client, attributes })).toMatchObject(asked);
  });

  test.each([
    ['SELECT * FROM t LIMIT 10 OFFSET 20', { asked: 'SELECT * FROM t LIMIT 10 OFFSET ', page: '20' }],
    ['SELECT * FROM t WHERE id = 7', { asked: 'SELECT * FROM t WHERE id = 7', page: '' }],
    ['SELECT * FROM t WHERE id = $1', { asked: '', page: '' }],
  ])('%s', (text, asked) => {
    expect(readCall(sql(text))).toMatchObject(asked);
  });

  test.each([
    ['SET lock:7 ? NX PX ?', { asked: 'SET lock:7 ? NX PX ?' }],
    ['SADD seen ?', { asked: '' }],
    ['sadd seen [1 other arguments]', { asked: '' }],
    ['GET user:7', { asked: 'GET user:7' }],
  ])('of Redis: %s', (text, asked) => {
    expect(readCall(sql(text, { 'db.system.name': 'redis' }))).toMatchObject(asked);
  });

  test('offset in a JSON query', () => {
    expect(readCall(sql('{"from":20,"size":10}'))).toMatchObject({ asked: '{"from":,"size":10}', page: '20' });
  });
});

describe('the pattern of a call that names its attributes differently', () => {
  test.each([
    ['url.template', { 'url.full': 'http://a:80/flags/dark', 'url.template': '/flags/{key}' }, 'a:80/flags/{key}'],
    ['url.template alone', { 'server.address': 'a', 'url.template': '/flags/{key}' }, 'a/flags/{key}'],
    ['Brave, address', { 'http.path': '/items/7', 'peer.service': 'shop' }, 'shop/items/:id'],
    ['old OpenTelemetry', { 'http.target': '/items/7?x=1', 'net.peer.name': 'shop' }, 'shop/items/:id'],
    ['Brave, statement', { 'sql.query': 'select * from t where a = 5' }, 'select * from t where a = ?'],
    [
      'Datadog',
      { 'span.type': 'sql', 'resource.name': "SELECT * FROM t WHERE a = 'x'" },
      'SELECT * FROM t WHERE a = ?',
    ],
    ['Datadog, Redis', { 'db.type': 'redis', 'redis.raw_command': 'GET user:7' }, 'GET user:?'],
    ['Datadog, no statement', { 'span.type': 'http', 'resource.name': 'GET' }, ''],
  ] as const)('%s', (_, attributes, pattern) => {
    expect(readCall({ ...client, attributes }).pattern).toBe(pattern);
  });
});
