import { resolveKnownMethods } from './known-methods.ts';

const variable = 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS';

test("are RFC 9110's eight, PATCH and QUERY where nothing is said", () => {
  expect(resolveKnownMethods(undefined, {})).toEqual({
    methods: new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']),
  });
});

test('are what the variable lists and nothing else, case kept', () => {
  expect(resolveKnownMethods(undefined, { [variable]: ' GET,get ,, PROPFIND ' })).toEqual({
    methods: new Set(['GET', 'get', 'PROPFIND']),
  });
});

test('are what code lists, whatever the variable says', () => {
  expect(resolveKnownMethods(['GET'], { [variable]: 'POST' })).toEqual({ methods: new Set(['GET']) });
  expect(resolveKnownMethods([], {})).toEqual({ methods: new Set() });
});

test.each(['GET POST', 'GET,P\u00d6ST', ','])('are the default where the variable is %j, with a warning', (text) => {
  expect(resolveKnownMethods(undefined, { [variable]: text })).toEqual({
    methods: resolveKnownMethods(undefined, {}).methods,
    warning: `${variable}=${text} was ignored: it must be a list of methods, such as GET,POST,PROPFIND`,
  });
});

test.each([['GET'], [[5]], [['']], [{}]])('are not %j from code', (given) => {
  expect(() => resolveKnownMethods(given as string[], {})).toThrow(
    `knownMethods must be a list of methods, such as GET,POST,PROPFIND, got ${JSON.stringify(given)}. ` +
      'Leave it out to use CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE. (WAYMARK_INVALID_OPTION)',
  );
});
