// The table of docs/background.md: which span is the parent of a span that starts somewhere else. Two requests run at the same time. Work is
// handed over in the first, and something in the second makes it run.
import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { bind, withSpan } from '@waymark/core';
import async from 'async';
import fastq from 'fastq';
import { startTracer } from './traced.ts';

const { exporter } = startTracer();

/** Starts the span whose parent is asked for. */
type Work = () => void;

interface Handover {
  /** Runs in the request `first`. */
  first(work: Work): unknown;
  /** Runs in the request `second`, while the first one is still running. */
  second?(): unknown;
  /** Runs outside, when both have ended. */
  afterwards?(): unknown;
}

/** The parent of the span, or what it is linked to. */
async function placeOf({ first, second, afterwards }: Handover): Promise<string> {
  exporter.reset();
  let isDone: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });
  const work: Work = () => {
    withSpan('work', () => {});
    isDone();
  };
  let endFirst: () => void = () => {};
  const goOn = new Promise<void>((resolve) => {
    endFirst = resolve;
  });
  const running = withSpan('first', async () => {
    await first(work);
    if (afterwards === undefined) await goOn;
  });
  await withSpan('second', async () => {
    await second?.();
    if (afterwards === undefined) await done;
  });
  endFirst();
  await running;
  await afterwards?.();
  await done;
  const spans = await exporter.waitFor(3);
  const span = spans.find(({ name }) => name === 'work');
  const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name;
  return span?.parentSpanId === undefined
    ? `linked to ${nameOf(span?.links[0]?.spanId)}`
    : `${nameOf(span.parentSpanId)}`;
}

const timersOfFirst: (Handover & { readonly name: string; readonly place: string })[] = [
  { name: 'a timer', place: 'first', first: (work) => void setTimeout(work, 1) },
  { name: 'setImmediate()', place: 'first', first: (work) => void setImmediate(work) },
  ((): (typeof timersOfFirst)[number] => {
    let fire: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      fire = resolve;
    });
    return {
      name: 'a timer that fires after the request',
      place: 'linked to first',
      first: (work) => void gate.then(() => setTimeout(work, 1)),
      afterwards: () => fire(),
    };
  })(),
  ((): (typeof timersOfFirst)[number] => {
    let timer: NodeJS.Timeout | undefined;
    return {
      name: 'an interval, at a tick after the request',
      place: 'linked to first',
      first(work) {
        timer = setInterval(() => {
          if (exporter.spans.length < 2) return;
          clearInterval(timer);
          work();
        }, 1);
      },
      afterwards: () => {},
    };
  })(),
];

const emitter = new EventEmitter();
const capturing = new EventEmitter({ captureRejections: true });
const stream = new PassThrough();

const listeners: typeof timersOfFirst = [
  {
    name: 'a listener',
    place: 'second',
    first: (work) => void emitter.once('plain', work),
    second: () => emitter.emit('plain'),
  },
  {
    name: 'a listener that is bound',
    place: 'first',
    first: (work) => void emitter.once('bound', bind(work)),
    second: () => emitter.emit('bound'),
  },
  {
    name: 'a listener that AsyncResource.bind() has bound',
    place: 'first',
    first: (work) => void emitter.once('resource', AsyncResource.bind(work)),
    second: () => emitter.emit('resource'),
  },
  {
    name: 'what follows `await once()`',
    place: 'first',
    first: (work) => void once(emitter, 'once').then(work),
    second: () => emitter.emit('once'),
  },
  {
    name: 'a listener of `error` with captureRejections',
    place: 'second',
    first(work) {
      capturing.once('task', async () => {
        throw new Error('captured');
      });
      capturing.once('error', work);
    },
    second: () => capturing.emit('task'),
  },
  {
    name: 'a listener of a stream that another request writes to',
    place: 'second',
    first: (work) => void stream.once('data', work),
    async second() {
      stream.resume();
      await nextTurn();
      stream.write('part');
    },
  },
];

let resumed: AsyncGenerator<number> | undefined;

const generators: typeof timersOfFirst = [
  {
    name: 'the body of an async generator',
    place: 'second',
    first(work) {
      resumed = (async function* () {
        work();
        yield 1;
      })();
    },
    second: () => resumed?.next(),
  },
];

const tasks: Work[] = [];
const fast = fastq.promise(async (task: () => unknown) => task(), 1);
const asyncQueue = async.queue((task: () => unknown, done) => {
  void Promise.resolve(task()).then(() => done());
}, 1);

const queues: typeof timersOfFirst = [
  {
    name: 'a queue in memory',
    place: 'second',
    first: (work) => void tasks.push(work),
    second: () => tasks.shift()?.(),
  },
  {
    name: 'a queue in memory, with a bound task',
    place: 'first',
    first: (work) => void tasks.push(bind(work)),
    second: () => tasks.shift()?.(),
  },
];

const threads: typeof timersOfFirst = [
  {
    name: 'a message from a thread of the first request',
    place: 'first',
    first(work) {
      const own = new Worker("require('node:worker_threads').parentPort.postMessage('done')", { eval: true });
      own.once('message', work);
    },
  },
];

describe.each(Object.entries({ timersOfFirst, listeners, generators, queues, threads }))('%s', (_kind, rows) => {
  test.each(rows)('$name: $place', async ({ place, ...handover }) => {
    expect(await placeOf(handover)).toBe(place);
  });
});

test.each<[string, (task: () => unknown) => unknown]>([
  ['fastq', (task) => fast.push(task)],
  ['async.queue', (task) => asyncQueue.push(task)],
])('a task of %s runs in the context of the task before it, and one that is bound in its own', async (_name, push) => {
  exporter.reset();
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const add = (request: string, wrap: (task: () => unknown) => () => unknown) =>
    withSpan(
      request,
      () =>
        new Promise<void>((resolve) => {
          const task = () => {
            withSpan(`task of ${request}`, () => {});
            resolve();
          };
          push(wrap(task));
        }),
    );
  const holding = withSpan('holding', async () => {
    push(() => gate);
    await gate;
    await others;
  });
  const others = Promise.all([add('plain', (task) => task), add('bound', bind)]);
  release();
  await holding;
  const spans = await exporter.waitFor(5);
  const parentOf = (name: string) => {
    const task = spans.find((span) => span.name === name);
    return spans.find(({ spanId }) => spanId === task?.parentSpanId)?.name;
  };
  expect(parentOf('task of bound')).toBe('bound');
  expect(parentOf('task of plain')).toBe('holding');
});
