import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contextWith, withContext } from './active-context.ts';
import { createTracer } from './create-tracer.ts';
import { traceHandler } from './http/trace-handler.ts';
import { type InMemoryExporter, inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';
import { untraced } from './untraced.ts';

let exporter: InMemoryExporter;
let tracer: Tracer;

beforeEach(() => {
  exporter = inMemoryExporter();
  tracer = createTracer({ exporter, logLevel: 'none', flushOnExit: false, env: {} });
});

/** Each span, innermost first, with its status and the messages of its exceptions. */
const recorded = () =>
  exporter.spans.map(({ name, status, events }) => [
    name,
    status.code,
    events.map(({ attributes }) => attributes['exception.message']),
  ]);

function swallow(fn: () => unknown): void {
  try {
    fn();
  } catch {
    // What is looked at are the spans.
  }
}

function fail(value: unknown): never {
  throw value;
}

const values: [string, unknown][] = [
  ['an error', new TypeError('boom')],
  ['a text', 'boom'],
  ['a number', 7],
  ['NaN', Number.NaN],
  ['undefined', undefined],
  ['null', null],
  ['a symbol', Symbol('boom')],
  ['a function', () => 1],
  ['a frozen object', Object.freeze({ message: 'boom' })],
];

test.each(values)('%s that passes through three spans is recorded in the innermost', (_, value) => {
  swallow(() => tracer.withSpan('a', () => tracer.withSpan('b', () => tracer.withSpan('c', () => fail(value)))));
  expect(recorded().map(([name, status, exceptions]) => [name, status, (exceptions as []).length])).toEqual([
    ['c', 'error', 1],
    ['b', 'error', 0],
    ['a', 'error', 0],
  ]);
  const [first, second, third] = exporter.spans.map(({ status }) => status.message);
  expect([second, third]).toEqual([first, first]);
});

test.each(values)('%s that passes through awaits is recorded in the innermost', async (_, value) => {
  await tracer
    .withSpan('a', async () => {
      await tracer.withSpan('b', async () => {
        await null;
        fail(value);
      });
    })
    .catch(() => {});
  expect(recorded().map(([, status, exceptions]) => [status, (exceptions as []).length])).toEqual([
    ['error', 1],
    ['error', 0],
  ]);
});

test('a span that an exception passes through has its type', () => {
  swallow(() => tracer.withSpan('a', () => tracer.withSpan('b', () => fail(new TypeError('boom')))));
  expect(exporter.spans.map(({ attributes }) => ({ ...attributes }))).toEqual([{}, { 'error.type': 'TypeError' }]);
});

test('an error that is thrown once more elsewhere is recorded there, too', () => {
  const kept = new Error('kept');
  for (const round of [1, 2]) {
    swallow(() =>
      tracer.withSpan(`root ${round}`, { parent: null }, () => {
        swallow(() => tracer.withSpan('b', () => fail(kept)));
        tracer.withSpan('c', () => fail(kept));
      }),
    );
  }
  expect(recorded()).toEqual(
    [1, 2].flatMap((round) => [
      ['b', 'error', ['kept']],
      ['c', 'error', ['kept']],
      [`root ${round}`, 'error', []],
    ]),
  );
});

test('an equal text that comes from elsewhere is recorded there', () => {
  swallow(() =>
    tracer.withSpan('a', () => {
      swallow(() => tracer.withSpan('b', () => fail('boom')));
      fail('other');
    }),
  );
  expect(recorded()).toEqual([
    ['b', 'error', ['boom']],
    ['a', 'error', ['other']],
  ]);
});

test('another error with the first one as its cause is recorded', () => {
  swallow(() =>
    tracer.withSpan('a', () => {
      try {
        tracer.withSpan('b', () => fail(new Error('inner')));
      } catch (cause) {
        throw new Error('outer', { cause });
      }
    }),
  );
  expect(recorded()).toEqual([
    ['b', 'error', ['inner']],
    ['a', 'error', ['outer']],
  ]);
});

test('in another trace it is recorded again, since that trace would not show it', () => {
  swallow(() => tracer.withSpan('a', () => tracer.withSpan('b', { parent: null }, () => fail(new Error('boom')))));
  expect(recorded()).toEqual([
    ['b', 'error', ['boom']],
    ['a', 'error', ['boom']],
  ]);
});

test('one that the application has recorded by hand is not recorded once more', () => {
  swallow(() =>
    tracer.withSpan('a', () =>
      tracer.withSpan('b', (span) => {
        const error = new Error('boom');
        span.recordException(error);
        throw error;
      }),
    ),
  );
  expect(recorded()).toEqual([
    ['b', 'error', ['boom']],
    ['a', 'error', []],
  ]);
});

test('a span by hand between the two does not matter', () => {
  swallow(() =>
    tracer.withSpan('a', () => {
      using between = tracer.startSpan('between');
      return withContext(contextWith(between), () => tracer.withSpan('b', () => fail(new Error('boom'))));
    }),
  );
  expect(recorded()).toEqual([
    ['b', 'error', ['boom']],
    ['between', 'unset', []],
    ['a', 'error', []],
  ]);
});

test.each([
  ['an error', new Error('boom')],
  ['a text', 'boom'],
])(
  '%s that leaves a handler is recorded in the span that it began in, and not in the server span',
  async (_, value) => {
    const handler = traceHandler(
      async (_request, response) => {
        try {
          await tracer.withSpan('work', async () => fail(value));
        } finally {
          response.writeHead(500).end();
        }
      },
      { tracer, outbound: false },
    );
    // Node would make an unhandled rejection of it, which is the host's affair.
    const server = createServer((request, response) => {
      (handler(request, response) as unknown as Promise<void>).catch(() => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a server that listens on a port has one
    await untraced(async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
    await exporter.waitFor(2);
    await new Promise((resolve) => server.close(resolve));
    expect(recorded()).toEqual([
      ['work', 'error', ['boom']],
      ['GET', 'error', []],
    ]);
  },
);
