import { EventEmitter, once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, pipeline, Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { activeSpan, bind, contextWith, currentContext, withContext } from './active-context.ts';
import { Baggage } from './baggage.ts';
import { Context } from './context.ts';
import { createTracer } from './create-tracer.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const tracer = createTracer({ exporter: inMemoryExporter(), flushOnExit: false, env: {} });

/** A context with a new span, and the id to recognize it by. */
function newContext(): { context: Context; id: string } {
  const span = tracer.startSpan('s', { parent: null });
  return { context: contextWith(span), id: span.spanId };
}

const activeId = (): string | undefined => activeSpan()?.spanId;

test('is absent outside any', () => {
  expect([currentContext(), activeSpan()]).toEqual([undefined, undefined]);
});

test('is what a function is run in, and what it returns and throws passes through', () => {
  const { context, id } = newContext();
  expect(withContext(context, () => [currentContext() === context, activeId()])).toEqual([true, id]);
  expect(() =>
    withContext(context, () => {
      throw new Error('out');
    }),
  ).toThrow('out');
  expect(currentContext()).toBeUndefined();
});

test('nests, and comes back', () => {
  const outer = newContext();
  const inner = newContext();
  const seen = withContext(outer.context, () => [activeId(), withContext(inner.context, activeId), activeId()]);
  expect(seen).toEqual([outer.id, inner.id, outer.id]);
});

test('has the baggage of where it is made, or the one given', () => {
  const span = tracer.startSpan('s');
  const baggage = Baggage.empty.set('a', '1');
  expect(contextWith(span)).toEqual(new Context(span, undefined));
  expect(withContext(new Context(undefined, baggage), () => contextWith(span))).toEqual(new Context(span, baggage));
  expect(contextWith(span, baggage)).toEqual(new Context(span, baggage));
});

test('holds three references and nothing else, since a socket may hold it for hours', () => {
  expect(Object.keys(newContext().context)).toEqual(['span', 'baggage', 'values']);
});

describe('goes with', () => {
  const ways: Record<string, () => Promise<unknown>> = {
    'await and promises': async () => {
      await null;
      await Promise.resolve().then(() => {});
      return activeId();
    },
    'a thenable': async () => {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      await { then: (resolve: () => void) => setImmediate(resolve) };
      return activeId();
    },
    setTimeout: () => new Promise((resolve) => setTimeout(() => resolve(activeId()), 1)),
    setInterval: () =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          clearInterval(timer);
          resolve(activeId());
        }, 1);
      }),
    setImmediate: () => new Promise((resolve) => setImmediate(() => resolve(activeId()))),
    queueMicrotask: () => new Promise((resolve) => queueMicrotask(() => resolve(activeId()))),
    'process.nextTick': () => new Promise((resolve) => process.nextTick(() => resolve(activeId()))),
    'an emitter that emits in it': async () => {
      const emitter = new EventEmitter();
      const seen = new Promise((resolve) => emitter.on('event', () => resolve(activeId())));
      emitter.emit('event');
      return seen;
    },
    'an emitter that emits later': async () => {
      const emitter = new EventEmitter();
      setImmediate(() => emitter.emit('event'));
      await once(emitter, 'event');
      return activeId();
    },
    'a stream that is read in it': async () => {
      const seen = new Set<unknown>();
      for await (const _ of Readable.from(['a', 'b'])) seen.add(activeId());
      return seen.size === 1 ? [...seen][0] : [...seen];
    },
    'a pipeline': async () => {
      const seen = new Set<unknown>();
      const transform = new Transform({
        transform(chunk, _, callback) {
          seen.add(activeId());
          callback(null, chunk);
        },
      });
      await promisify(pipeline)(Readable.from(['a', 'b']), transform, new PassThrough().resume());
      seen.add(activeId());
      return seen.size === 1 ? [...seen][0] : [...seen];
    },
    'an async generator that is consumed in it': async () => {
      async function* generate(): AsyncGenerator<string | undefined> {
        yield activeId();
        await null;
        yield activeId();
      }
      const seen = new Set<unknown>();
      for await (const id of generate()) seen.add(id).add(activeId());
      return seen.size === 1 ? [...seen][0] : [...seen];
    },
    'an abort signal': () =>
      new Promise((resolve) => {
        const controller = new AbortController();
        controller.signal.addEventListener('abort', () => resolve(activeId()));
        setImmediate(() => controller.abort());
      }),
  };

  test.each(Object.entries(ways))('%s', async (_, way) => {
    const { context, id } = newContext();
    expect(await withContext(context, way)).toBe(id);
    expect(activeId()).toBeUndefined();
  });

  test('each of many at once', async () => {
    const all = Array.from({ length: 50 }, () => Object.values(ways)).flat();
    await Promise.all(
      all.map(async (way) => {
        const { context, id } = newContext();
        expect(await withContext(context, way)).toBe(id);
      }),
    );
  });
});

describe('on a keep-alive server', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { context, id } = newContext();
      withContext(context, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        request.resume();
        response.end(`${id} ${activeId()}`);
      });
    }).listen(0);
    await once(server, 'listening');
    url = `http://localhost:${(server.address() as AddressInfo).port}/`; // it listens on a port
  });

  afterAll(() => server.close());

  test('is that of the request, not of the one before it on the same socket', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const seen = new Set<string>();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const [response] = await once(get(url, { agent }), 'response');
        const [id, active] = (await text(response)).split(' ');
        expect(active).toBe(id);
        seen.add(id ?? '');
      }),
    );
    expect(seen.size).toBe(50);
    agent.destroy();
  });
});

describe('a bound function', () => {
  test('runs in the context of where it was bound, with this, arguments and result', () => {
    const { context, id } = newContext();
    const bound = withContext(context, () =>
      bind(function (this: { name: string }, ...args: number[]) {
        return [this.name, args, activeId()];
      }),
    );
    expect(bound.call({ name: 'me' }, 1, 2)).toEqual(['me', [1, 2], id]);
    expect(activeId()).toBeUndefined();
    const other = newContext();
    expect(withContext(other.context, () => [...bound.call({ name: 'me' }), activeId()])).toEqual([
      'me',
      [],
      id,
      other.id,
    ]);
  });

  test('runs outside any context where it was bound outside', () => {
    const bound = bind(() => currentContext());
    expect(withContext(newContext().context, bound)).toBeUndefined();
  });

  test("lets the listener of a shared emitter run in its own request's context", () => {
    const emitter = new EventEmitter();
    const one = newContext();
    const other = newContext();
    const seen: unknown[] = [];
    withContext(one.context, () =>
      emitter.on(
        'event',
        bind(() => seen.push(activeId())),
      ),
    );
    withContext(other.context, () => emitter.emit('event'));
    expect(seen).toEqual([one.id]);
  });

  test('throws what it throws', () => {
    const { context } = newContext();
    const error = new Error('out');
    const bound = withContext(context, () =>
      bind(() => {
        throw error;
      }),
    );
    expect(bound).toThrow(error);
  });
});
