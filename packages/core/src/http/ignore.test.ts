import { compileIgnore } from './ignore.ts';

const request = { url: '/x', internal: true };

test('ignores nothing where nothing is given', () => {
  expect(compileIgnore(undefined)).toBeUndefined();
});

test('compares a path whole', () => {
  const isIgnored = compileIgnore('/healthz');
  expect([isIgnored?.(request, '/healthz'), isIgnored?.(request, '/healthz/'), isIgnored?.(request, '/')]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([/^\/internal\//, /^\/internal\//g, /^\/INTERNAL\//iy])('matches %s anew for each request', (pattern) => {
  const isIgnored = compileIgnore(pattern);
  const answers = ['/internal/a', '/internal/a', '/internal/b', '/a'].map((path) => isIgnored?.(request, path));
  expect(answers).toEqual([true, true, true, false]);
  expect(pattern.lastIndex).toBe(0);
});

test('hands the request to a function and takes only true for yes', () => {
  expect(compileIgnore(({ internal }: typeof request) => internal)?.(request, '/')).toBe(true);
  expect(compileIgnore((() => 'yes') as unknown as () => boolean)?.(request, '/')).toBe(false);
});

test('takes several rules of different kinds', () => {
  const isIgnored = compileIgnore<typeof request>(['/a', /^\/b/, (given) => given.url === '/c']);
  expect(['/a', '/b1', '/d'].map((path) => isIgnored?.({ ...request, url: path }, path))).toEqual([true, true, false]);
  expect(isIgnored?.({ ...request, url: '/c' }, '/c')).toBe(true);
});

test.each([['healthz'], [5], [null], [{}]])('refuses %j with what to write instead', (rule) => {
  expect(() => compileIgnore(rule as never)).toThrow(
    /ignore must be a path that begins with \/.*WAYMARK_INVALID_OPTION/,
  );
});
