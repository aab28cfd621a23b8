import type { Span } from '../model/span.ts';
import { indexableTerms } from './indexable-terms.ts';
import { matchesSpan } from './matches.ts';
import { parseQuery } from './parse-query.ts';

const span: Span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'SELECT',
  kind: 'client',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000250000000',
  attributes: {},
  resource: { serviceName: 'orders', attributes: {} },
  scope: { name: '@waymark/core/libraries/pg', version: '' },
};

test.each([
  ['scope:@waymark/core/libraries/pg', true],
  ['scope:"@waymark/core/libraries/pg"', true],
  ['scope:*pg', true],
  ['otel.scope.name:*', true],
  ['scope:pg', false],
  ['"scope":@waymark/core/libraries/pg', false],
  ['otel.scope.version:*', false],
  ['-scope:*pg', false],
])('%s matches a span of pg: %s', (text, isMatch) => {
  expect(matchesSpan(parseQuery(text), span)).toBe(isMatch);
});

test('an attribute of that name comes first, and a span without a scope has none', () => {
  const query = parseQuery('scope:mine');
  expect(matchesSpan(query, { ...span, attributes: { 'otel.scope.name': 'mine' } })).toBe(true);
  const { scope: _, ...without } = span;
  expect(matchesSpan(parseQuery('scope:*'), without)).toBe(false);
});

test('no index answers it', () => {
  expect(indexableTerms(parseQuery('service:orders scope:pg'))).toEqual({
    groups: [[{ key: 'service', value: 'orders' }]],
    isExact: false,
  });
});
