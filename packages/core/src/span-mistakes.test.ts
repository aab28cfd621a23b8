import { createTracer } from './create-tracer.ts';
import { withSpan } from './current.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const lines: string[] = [];
const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, env: {}, flushOnExit: false, log: (line) => lines.push(line) });

beforeEach(() => exporter.reset());

type Call = (...given: readonly unknown[]) => unknown;
const calls: readonly [string, Call][] = [
  ['withSpan()', withSpan as Call],
  ['tracer.withSpan()', tracer.withSpan.bind(tracer) as Call],
];

describe.each(calls)('%s without a function', (_name, call) => {
  test.each<[string, readonly unknown[], string]>([
    ['a name alone', ['a'], 'got undefined. Write withSpan("a", async (span) => { … }), or startSpan("a") for'],
    ['options alone', ['a', { kind: 'client' }], 'got {"kind":"client"}. Write withSpan("a", async'],
    [
      'a promise',
      ['a', Promise.resolve()],
      'got a promise. Give the function that makes the promise: withSpan("a", ()',
    ],
    ['a promise after options', ['a', {}, Promise.resolve()], 'got a promise. Give the function'],
    ['no name', [() => 1], "got it in place of the name. Write withSpan('name', async"],
    ['nothing', [], "got undefined. Write withSpan('name', async"],
    ['null', ['a', null], 'got null. Write withSpan("a"'],
  ])('throws for %s, with what to write, and starts no span', (_case, given, message) => {
    expect(() => call(...given)).toThrow(`withSpan() needs a name and then a function, ${message}`);
    expect(exporter.spans).toEqual([]);
    expect(tracer.stats().started).toBe(tracer.stats().ended);
  });
});

test.each<[object, string]>([
  [{ attribute: { a: 1 } }, 'attribute; did you mean attributes?'],
  [{ Attributes: { a: 1 } }, 'Attributes; did you mean attributes?'],
  [{ link: [] }, 'link; did you mean links?'],
  [{ 'user.id': 7 }, 'user.id; attributes are written { attributes: { "user.id": … } }'],
])('counts the options that no span has, and runs the function: %j', (options, message) => {
  const own: string[] = [];
  const other = createTracer({ exporter: [], env: {}, flushOnExit: false, log: (line) => own.push(line) });
  expect([other.withSpan('a', options, () => 1), other.withSpan('a', options, () => 2)]).toEqual([1, 2]);
  other.startSpan('b', options).end();
  expect(own).toEqual([`waymark warn: span options that do not exist were ignored: ${message}`]);
  expect(other.stats().diagnostics).toEqual({ 'unknown-span-option': 3 });
});

test('counts options that come after the function', () => {
  const call = tracer.withSpan.bind(tracer) as Call;
  expect(call('a', () => 5, { attributes: {} })).toBe(5);
  expect(lines.join()).toContain('options after the function; write withSpan(name, options, fn)');
});

test('says nothing of options that exist, of undefined ones, and of those that a prototype has', () => {
  const before = { ...tracer.stats().diagnostics };
  const inherited = Object.create({ colour: 'red' }, { kind: { value: 'client', enumerable: true } });
  const all = { kind: 'client', attributes: {}, links: [], startTime: Date.now(), parent: null, root: true } as const;
  for (const options of [all, inherited, undefined, null]) tracer.startSpan('a', options as never).end();
  expect(tracer.stats().diagnostics).toEqual(before);
});

test('is not disturbed by an options object that cannot be listed', () => {
  const revoked = Proxy.revocable(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const hostile = revoked.proxy;
  expect(() => tracer.startSpan('a', hostile as never).end()).not.toThrow();
});
