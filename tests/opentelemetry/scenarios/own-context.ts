// Code that carries contexts by OpenTelemetry's API: with(), bind(), keys, and what Node does with a context by itself.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { observeWith } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  async run(application) {
    const { api, inRequest, mark } = application;
    const { context, trace, createContextKey, ROOT_CONTEXT } = api;
    const observe = observeWith(application);
    const tracer = trace.getTracer('shop');
    const key = createContextKey('shop key');
    const seen = () => context.active().getValue(key) ?? null;
    const turn = () => new Promise((resolve) => setImmediate(resolve));

    observe('outside', [context.active() === ROOT_CONTEXT, seen()]);

    await inRequest('with', async () => {
      const before = context.active();
      const changed = before.setValue(key, 'one');
      observe('immutable', [
        before.getValue(key) ?? null,
        changed.getValue(key),
        changed.deleteValue(key).getValue(key) ?? null,
      ]);
      const sameName = createContextKey('shop key');
      observe('another key of the same name', changed.getValue(sameName) ?? null);
      const self = { name: 'self' };
      function add(this: typeof self, a: number, b: number): unknown[] {
        return [this.name, a + b, seen(), context.active() === changed];
      }
      observe('with, this and arguments', context.with(changed, add, self, 1, 2));
      observe('after', [seen(), context.active().getValue(key) ?? null]);
      try {
        context.with(changed, () => {
          throw new Error('from inside');
        });
      } catch (error) {
        observe('throws', [String(error), seen()]);
      }
      await context.with(changed, async () => {
        await turn();
        observe('after await', seen());
        tracer.startActiveSpan('keeps the key', (span) => {
          observe('below a span', seen());
          context.with(context.active().setValue(key, 'two'), () => observe('nested', seen()));
          observe('after nested', seen());
          span.end();
        });
        context.with(ROOT_CONTEXT, () => {
          observe('ROOT_CONTEXT', [seen(), trace.getActiveSpan() === undefined]);
          mark('in ROOT_CONTEXT');
        });
      });
    });

    await inRequest('key through a request', async () => {
      await context.with(context.active().setValue(key, 'outer'), () =>
        inRequest('request inside', async () => observe('in the inner request', seen())),
      );
    });

    await inRequest('bind', async () => {
      const bound = tracer.startActiveSpan('bound', (span) => {
        function fn(this: unknown, _a: unknown, _b: unknown) {
          mark('in the bound function');
          return [this === undefined, seen()];
        }
        const result = context.bind(context.active().setValue(key, 'bound'), fn);
        span.end();
        return result;
      });
      observe('length', bound.length);
      observe(
        'call',
        context.with(ROOT_CONTEXT, () => bound.call({}, 1, 2)),
      );
      const object = { a: 1 };
      observe('other targets', [
        context.bind(context.active(), object) === object,
        context.bind(context.active(), 'text'),
      ]);
    });

    await inRequest('bind an emitter', async () => {
      const emitter = new EventEmitter();
      const heard: unknown[] = [];
      const bound = tracer.startActiveSpan('emitter', (span) => {
        const result = context.bind(context.active().setValue(key, 'emitter'), emitter);
        span.end();
        return result;
      });
      observe('the same emitter', bound === emitter);
      const listener = (what: string) => {
        heard.push(`on ${what} ${seen()}`);
        mark(`listener ${what}`);
      };
      emitter.on('a', listener);
      emitter.once('a', (what) => heard.push(`once ${what} ${seen()}`));
      emitter.prependListener('a', (what) => heard.push(`prepend ${what} ${seen()}`));
      context.with(ROOT_CONTEXT, () => {
        emitter.emit('a', 1);
        emitter.emit('a', 2);
      });
      emitter.removeListener('a', listener);
      emitter.emit('a', 3);
      observe('listeners', emitter.listenerCount('a'));
      emitter.off('a', listener);
      const later = once(emitter, 'b');
      emitter.emit('b', 4);
      observe('once()', await later);
      emitter.removeAllListeners('a');
      observe('removed', emitter.listenerCount('a'));
      emitter.emit('a', 5);
      observe('heard', heard);
    });

    await inRequest('timers and callbacks', async () => {
      await tracer.startActiveSpan('scheduler', async (span) => {
        await Promise.all([
          new Promise<void>((resolve) => setTimeout(() => resolve(mark('timeout')), 1)),
          new Promise<void>((resolve) => setImmediate(() => resolve(mark('immediate')))),
          new Promise<void>((resolve) => process.nextTick(() => resolve(mark('tick')))),
          new Promise<void>((resolve) => queueMicrotask(() => resolve(mark('microtask')))),
        ]);
        span.end();
      });
      const resource = tracer.startActiveSpan('resource', (span) => {
        span.end();
        return new AsyncResource('shop');
      });
      resource.runInAsyncScope(() => mark('in the resource'));
      const storage = new AsyncLocalStorage<string>();
      storage.run('kept', () => {
        context.with(context.active().setValue(key, 'with storage'), () =>
          observe('both', [storage.getStore(), seen()]),
        );
      });
    });

    await inRequest('generators and streams', async () => {
      async function* numbers() {
        for (const number of [1, 2]) {
          await turn();
          mark(`yields ${number}`);
          yield number;
        }
      }
      await tracer.startActiveSpan('consumer', async (span) => {
        for await (const number of numbers()) mark(`takes ${number}`);
        span.end();
      });
      await tracer.startActiveSpan('pipeline', async (span) => {
        const double = new Transform({
          objectMode: true,
          transform(chunk, _, done) {
            mark(`transforms ${chunk}`);
            done(null, chunk * 2);
          },
        });
        await pipeline(Readable.from([1, 2]), double, async (parts) => {
          for await (const part of parts) mark(`reads ${part}`);
        });
        span.end();
      });
      const [first, second] = ['first', 'second'].map((name) => tracer.startSpan(name));
      const generator = numbers();
      await context.with(trace.setSpan(context.active(), first as never), () => generator.next());
      await context.with(trace.setSpan(context.active(), second as never), () => generator.next());
      first?.end();
      second?.end();
    });
  },
};
