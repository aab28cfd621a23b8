import { createTracer } from '../create-tracer.ts';
import type { Tracer } from '../tracer.ts';
import { type ConsoleExporterOptions, consoleExporter } from './console-exporter.ts';

function setUp(options: ConsoleExporterOptions = {}): { tracer: Tracer; prints: string[]; printedNames(): string[][] } {
  const prints: string[] = [];
  const exporter = consoleExporter({ write: (text) => prints.push(text), ...options });
  const tracer = createTracer({ serviceName: 'job', exporter, flushOnExit: false, env: {}, logLevel: 'none' });
  return {
    tracer,
    prints,
    /** The names in each printed trace, with the tree's lines. */
    printedNames: () =>
      prints.map((text) => {
        const lines = text.trimEnd().split('\n').slice(1);
        return lines.map((line) => line.replace(/ +[\d.]+ (µs|ms|s) .*$/, ''));
      }),
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('consoleExporter', () => {
  test('prints a trace when its first span in this process has ended, followed by an empty line', () => {
    const { tracer, prints, printedNames } = setUp();
    tracer.withSpan('report', () => {
      tracer.withSpan('load', () => tracer.withSpan('query', () => {}));
      tracer.withSpan('save', () => {});
      expect(prints).toEqual([]);
    });
    expect(printedNames()).toEqual([['job report', '├─ load', '│  └─ query', '└─ save']]);
    expect(prints[0]).toMatch(/^trace [0-9a-f]{32} {2}4 spans, 1 service, .*\n\n$/s);
    expect(tracer.stats()).toMatchObject({ exported: 4, waiting: 0, dropped: {} });
  });

  test('prints the part of a trace that began in another process', async () => {
    const { tracer, prints, printedNames } = setUp();
    const parent = tracer.extract({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    const server = tracer.startSpan('GET /', { kind: 'server', parent });
    tracer.startSpan('query', { parent: server }).end();
    server.end();
    while (prints.length === 0) await nextTurn();
    expect(printedNames()).toEqual([['job ▸ GET /', '└─ query']]);
    expect(tracer.stats()).toMatchObject({ exported: 2, waiting: 0 });
  });

  test('prints a span alone that ends after its parent, and marks it as late', () => {
    const { tracer, prints, printedNames } = setUp();
    const root = tracer.startSpan('root');
    const late = tracer.startSpan('late', { parent: root });
    const later = tracer.startSpan('below it', { parent: late });
    root.end();
    later.end();
    late.end();
    expect(printedNames()).toEqual([['job root'], ['job late', '└─ below it']]);
    const heads = prints.map((text) => text.split('\n')[0]);
    expect(heads[0]).not.toContain('late');
    expect(heads[1]).toMatch(/^trace [0-9a-f]{32} {2}2 spans, .*, late: its parent had ended$/);
  });

  test('prints a trace in one piece if the service calls itself', async () => {
    const { tracer, prints, printedNames } = setUp();
    const outer = tracer.startSpan('outer');
    tracer.startSpan('before', { parent: outer }).end();
    const call = tracer.startSpan('call', { parent: outer, kind: 'client' });
    const inner = tracer.startSpan('inner', { parent: { ...call.spanContext(), isRemote: true }, kind: 'server' });
    tracer.startSpan('work', { parent: inner }).end();
    inner.end();
    call.end();
    // Another request with a remote parent, which ended later, has been printed by now.
    const parent = tracer.extract({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    tracer.startSpan('GET /', { kind: 'server', parent }).end();
    while (prints.length === 0) await nextTurn();
    outer.end();
    expect(printedNames()).toEqual([
      ['job ▸ GET /'],
      ['job outer', '├─ before', '└─ → call', '   └─ ▸ inner', '      └─ work'],
    ]);
    expect(tracer.stats()).toMatchObject({ exported: 6, waiting: 0 });
  });

  test('prints two requests of one trace when each has ended', async () => {
    const { tracer, prints, printedNames } = setUp();
    const parent = tracer.extract({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    const one = tracer.startSpan('one', { kind: 'server', parent });
    const other = tracer.startSpan('other', { kind: 'server', parent });
    tracer.startSpan('work', { parent: other }).end();
    one.end();
    while (prints.length === 0) await nextTurn();
    other.end();
    while (prints.length === 1) await nextTurn();
    expect(printedNames()).toEqual([['job ▸ one'], ['job ▸ other', '└─ work']]);
  });

  test('keeps spans whose parent still runs, until it is flushed', async () => {
    const { tracer, prints, printedNames } = setUp();
    const root = tracer.startSpan('still running');
    tracer.startSpan('done', { parent: root }).end();
    expect(prints).toEqual([]);
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 1 });
    expect(await tracer.flush()).toEqual({ delivered: 1, lost: 0, complete: true });
    expect(printedNames()).toEqual([['job done']]);
  });

  test('keeps at most 10,000 spans', () => {
    const { tracer, prints } = setUp();
    const root = tracer.startSpan('still running');
    for (let count = 0; count < 10_000; count++) tracer.startSpan('done', { parent: root }).end();
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 10_000 });
    tracer.startSpan('one more', { parent: root }).end();
    expect(tracer.stats()).toMatchObject({ exported: 10_001, waiting: 0 });
    expect(prints).toHaveLength(1);
  });

  test('counts spans that could not be written, and end() does not throw', () => {
    const { tracer } = setUp({
      write() {
        throw new Error('no terminal');
      },
    });
    expect(() => tracer.startSpan('x').end()).not.toThrow();
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 0, dropped: { 'write-failed': 1 } });
  });

  test('prints the waiting spans at shutdown, and counts spans that end later', async () => {
    const { tracer, printedNames } = setUp();
    const root = tracer.startSpan('root');
    tracer.startSpan('child', { parent: root }).end();
    await tracer.shutdown();
    root.end();
    expect(printedNames()).toEqual([['job child']]);
    expect(tracer.stats()).toMatchObject({ ended: 2, exported: 1, dropped: { 'after-shutdown': 1 } });
  });

  test('uses colours with the option colors', () => {
    const { tracer, prints } = setUp({ colors: true });
    tracer.startSpan('x').end();
    expect(prints[0]).toContain('\u001b[36mjob');
  });
});

describe('on standard output', () => {
  const environment = process.env;
  const { isTTY, write } = process.stdout;

  beforeEach(() => {
    process.env = { ...environment };
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) delete process.env[name];
  });

  afterEach(() => {
    process.env = environment;
    Object.assign(process.stdout, { isTTY, write });
  });

  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'false' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  ])('with a terminal: %s and %j, colours: %s', (hasTerminal, variables, expected) => {
    Object.assign(process.env, variables);
    let printed = '';
    Object.assign(process.stdout, {
      isTTY: hasTerminal,
      write(text: string) {
        printed += text;
        return true;
      },
    });
    createTracer({ exporter: consoleExporter(), flushOnExit: false }).startSpan('x').end();
    expect(printed).toContain('trace ');
    expect(printed.includes('\u001b[')).toBe(expected);
  });
});
