import { parseQuery } from '../../src/query/parse-query.ts';
import { facetState, toggleFacet } from '../src/traces/facet-terms.ts';

test.each([
  ['', false, 'status:error'],
  ['', true, '-{status:error}'],
  ['service:orders', false, 'service:orders {status:error}'],
  ['service:orders', true, 'service:orders -{status:error}'],
  ['service:a OR service:b', false, '(service:a OR service:b) {status:error}'],
  ['(service:a) OR service:b', false, '((service:a) OR service:b) {status:error}'],
  ['status:error', false, ''],
  ['status:error', true, '-{status:error}'],
  ['-status:error', true, ''],
  ['service:orders {status:error}', false, 'service:orders'],
  ['{status:error} service:orders', true, 'service:orders -{status:error}'],
  ['-{status:error} service:orders', true, 'service:orders'],
  ['-{status:error}', false, 'status:error'],
])('from %j, excluded %j: %j', (query, isExcluded, expected) => {
  const next = toggleFacet(query, 'status', 'error', { isExcluded });
  expect(next).toBe(expected);
  expect(() => parseQuery(next)).not.toThrow();
});

test.each([
  ['status:error', 'included'],
  ['dur>1s {status:error}', 'included'],
  ['-{status:error}', 'excluded'],
  ['-status:error', 'excluded'],
  ['{status:error service:a}', 'none'],
  ['status:err', 'none'],
  ['status:(', 'none'],
])('%j has the value %s', (query, state) => {
  expect(facetState(query, 'status', 'error')).toBe(state);
});

test('values that need quotes get them', () => {
  expect(toggleFacet('x', 'http.route', '/a b', { isExcluded: false })).toBe('x {http.route:"/a b"}');
});
