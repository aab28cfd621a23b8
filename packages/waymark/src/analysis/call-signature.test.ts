import { normaliseIds, normaliseUrl } from './call-signature.ts';
import { normaliseQuery } from './query-text.ts';

describe('queries that differ only in values are equal', () => {
  test.each([
    ["SELECT * FROM users WHERE name = 'O''Brien' AND age > 7.5", 'SELECT * FROM users WHERE name = ? AND age > ?'],
    [
      'select a1, b2 from t3 where x=$1 and y = :name and z = @p1',
      'select a1, b2 from t3 where x=? and y = ? and z = ?',
    ],
    ['SELECT x::text FROM t', 'SELECT x::text FROM t'],
    ['SELECT *\n  FROM t\n WHERE id IN (1, 2,3)', 'SELECT * FROM t WHERE id IN (?)'],
    ['INSERT INTO t VALUES (1, 2), (3, 4),(5, 6)', 'INSERT INTO t VALUES (?)'],
    ['GET user:42', 'GET user:?'],
  ])('%s', (query, pattern) => {
    expect(normaliseQuery(query)).toBe(pattern);
  });
});

describe('URLs that differ only in ids are equal', () => {
  test.each([
    ['http://user:secret@host:3000/users/42/orders?x=1#y', 'host:3000/users/:id/orders'],
    ['https://host/a/7b4dff9c-2f0a-4d53-9d0c-6e3f0ad0b1f7', 'host/a/:id'],
    ['https://host/a/65f1c2e4b7a9d8e3f1a2b3c4/b', 'host/a/:id/b'],
    ['https://host/v1/users', 'host/v1/users'],
    ['https://host/decade/facade', 'host/decade/facade'],
  ])('%s', (url, pattern) => {
    expect(normaliseUrl(url)).toBe(pattern);
  });

  test('in a span name too', () => {
    expect(normaliseIds('GET /users/42')).toBe('GET /users/:id');
    expect(normaliseIds('step 42')).toBe('step 42');
  });
});

test('the time for a long query is linear in its length', () => {
  const startedMs = performance.now();
  for (const text of [
    "'".repeat(100_000),
    '('.repeat(100_000),
    '(?,'.repeat(50_000),
    '9'.repeat(100_000),
    ' '.repeat(100_000),
  ]) {
    normaliseQuery(text);
    normaliseUrl(`http://${text}`);
  }
  normaliseUrl(`http://a/${'a-'.repeat(50_000)}`);
  expect(performance.now() - startedMs).toBeLessThan(500);
});
