// Publishes on tracing channels in every way there is, and prints the spans of each as a tree: node --expose-gc program.cjs
const { AsyncLocalStorage } = require('node:async_hooks');
const { tracingChannel } = require('node:diagnostics_channel');
const { activeSpan, getTracer } = require('@waymark/core');
const { traceChannel } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
const tracer = getTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
const request = (name, fn) => tracer.withSpan(name, fn);
const own = (name = 'own') => tracer.withSpan(name, () => {});
const tick = () => new Promise((resolve) => setImmediate(resolve));

function draw() {
  const { spans } = exporter;
  const below = (parent, depth) =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .sort((a, b) => a.startMs - b.startMs)
      .flatMap((span) => {
        const error = span.status.code === 'error' ? `! ${span.attributes['error.type']}` : '';
        return [`${'  '.repeat(depth)}${span.name}${error}`, ...below(span.spanId, depth + 1)];
      });
  const lines = below(undefined, 0);
  const order = spans.map(({ name }) => name).join(' ');
  exporter.reset();
  return [...lines, `ended: ${order}`];
}

const channels = {};
function publisher(name, options, describe = () => ({ name })) {
  channels[name] = tracingChannel(`test:${name}`);
  return { on: channels[name], stop: traceChannel(`test:${name}`, describe, options) };
}

const scenarios = {
  async 'promise, success'() {
    const { on } = publisher('promise');
    await request('request', async (span) => {
      await on.tracePromise(async () => {
        await tick();
        own();
      }, {});
      if (activeSpan() !== span) own('wrong context');
      own('after');
    });
  },
  async 'promise, failure'() {
    const { on } = publisher('rejected');
    await request('request', async () => {
      await on.tracePromise(() => Promise.reject(new TypeError('no')), {}).catch(() => own('after'));
      await on.tracePromise(() => Promise.reject(undefined), {}).catch(() => {});
      await on
        .tracePromise(() => Promise.reject(Object.assign(new Error('no'), { code: 'ECODE' })), {})
        .catch(() => {});
    });
  },
  async 'promise, siblings'() {
    const { on } = publisher('siblings', { nests: false });
    await request('request', () =>
      on.tracePromise(async () => {
        await tick();
        own();
      }, {}),
    );
  },
  async 'callback, of another request'() {
    const { on } = publisher('callback');
    let call;
    const done = new Promise((resolve) => {
      request('first', () => {
        on.traceCallback(
          (callback) => {
            call = callback;
          },
          0,
          {},
          null,
          () => {
            own('in the callback');
            resolve();
          },
        );
      });
    });
    request('second', () => call(null, 'result'));
    await done;
  },
  async 'callback, failure'() {
    const { on } = publisher('failing');
    request('request', () => {
      on.traceCallback(
        (callback) => callback(new RangeError('no')),
        0,
        {},
        null,
        () => own('in the callback'),
      );
    });
  },
  async 'callback, called twice'() {
    const { on } = publisher('twice');
    let call;
    request('request', () => {
      on.traceCallback(
        (callback) => {
          call = callback;
        },
        0,
        {},
        null,
        () => own('in the callback'),
      );
    });
    call();
    call(new Error('late'));
  },
  async 'callback, without a span'() {
    const { on } = publisher('outside');
    let call;
    on.traceCallback(
      (callback) => {
        call = callback;
      },
      0,
      {},
      null,
      () => own(activeSpan() === undefined ? 'outside' : 'wrong context'),
    );
    request('request', () => call());
  },
  async sync() {
    const { on } = publisher('sync');
    request('request', () => {
      on.traceSync(() => own(), {});
      try {
        on.traceSync(() => {
          throw new TypeError('no');
        }, {});
      } catch {
        own('after');
      }
    });
  },
  async 'published by hand: start, end'() {
    const { on } = publisher('byHand');
    request('request', () => {
      const message = {};
      on.start.publish(message);
      on.end.publish(Object.assign(message, { result: 1 }));
      const failed = {};
      on.start.publish(failed);
      on.end.publish(Object.assign(failed, { error: new TypeError('no') }));
    });
  },
  async 'published by hand: start, end, asyncEnd'() {
    const { on } = publisher('streamed');
    const message = {};
    request('request', () => {
      on.start.publish(message);
      on.end.publish(message);
    });
    on.asyncEnd.publish(Object.assign(message, { result: 1 }));
  },
  async 'a message that is used again'() {
    const { on } = publisher('reused');
    const message = {};
    request('request', () => {
      on.start.publish(message);
      on.asyncEnd.publish(message);
      on.start.publish(message);
      on.asyncEnd.publish(message);
      on.traceSync(() => {}, message);
    });
  },
  async 'messages that are none'() {
    const { on } = publisher('odd');
    request('request', () => {
      for (const message of [undefined, null, 7, 'text']) {
        on.start.publish(message);
        on.start.runStores(message, () => own());
        on.end.publish(message);
        on.asyncStart.publish(message);
        on.asyncEnd.publish(message);
      }
    });
  },
  async 'describe throws, or describes nothing'() {
    const results = [
      () => {
        throw new Error('no');
      },
      () => undefined,
      () => 'span',
      () => ({
        get name() {
          throw new Error('no');
        },
      }),
    ];
    let describe;
    const { on } = publisher('undescribed', {}, (message) => describe(message));
    await request('request', async (span) => {
      for (describe of results) {
        await on.tracePromise(async () => own(), {});
        on.traceCallback(
          (callback) => callback(),
          0,
          {},
          null,
          () => {
            own(activeSpan() === span ? 'called' : 'wrong context');
          },
        );
      }
    });
  },
  async 'begun before the subscription, and after its end'() {
    channels.late = tracingChannel('test:late');
    const noop = () => {};
    channels.late.start.subscribe(noop);
    let call;
    const begin = () =>
      channels.late.traceCallback(
        (callback) => {
          call = callback;
        },
        0,
        {},
        null,
        () => own('in the callback'),
      );
    request('before', begin);
    const stop = traceChannel('test:late', () => ({ name: 'late' }));
    request('calls', () => call());
    stop();
    request('after', begin);
    request('calls', () => call());
    traceChannel('test:late', () => ({ name: 'again' }));
    request('again', () => channels.late.traceSync(() => {}, {}));
  },
  async 'beside a store of another tool'() {
    const store = new AsyncLocalStorage();
    const { on } = publisher('shared');
    on.start.bindStore(store, () => 'theirs');
    on.asyncStart.bindStore(store, () => 'theirs in the callback');
    await request('request', () =>
      on.tracePromise(async () => {
        await tick();
        own(store.getStore());
      }, {}),
    );
    request('request', () => {
      on.traceCallback(
        (callback) => callback(),
        0,
        {},
        null,
        () => own(store.getStore()),
      );
    });
  },
  async 'after a garbage collection'() {
    traceChannel('test:collected', () => ({ name: 'collected' }));
    for (let count = 0; count < 3; count++) {
      global.gc();
      await tick();
    }
    request('request', () => tracingChannel('test:collected').traceSync(() => own(), {}));
  },
  async 'outside a request'() {
    const { on } = publisher('root', { requireParentSpan: false });
    await on.tracePromise(async () => own(), {});
    const { on: none } = publisher('none');
    await none.tracePromise(async () => {}, {});
  },
};

async function run() {
  const printed = {};
  for (const [title, scenario] of Object.entries(scenarios)) {
    await scenario();
    printed[title] = draw();
  }
  console.log(JSON.stringify(printed));
}
run();
