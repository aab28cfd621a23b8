import { jaegerTagTerm } from './jaeger-tag-term.ts';

test.each([
  ['scope.name', '@waymark/express', 'otel.scope.name:@waymark/express'],
  ['otel.scope.name', '@waymark/express', 'otel.scope.name:@waymark/express'],
  ['scope.version', '1.2.0', 'otel.scope.version:1.2.0'],
  ['resource.host.name', 'laptop', 'host.name:laptop'],
  ['span.kind', 'SERVER', 'kind:server'],
])('the tag %s is searched as %s', (key, value, term) => {
  expect(jaegerTagTerm(key, value)).toBe(term);
});
