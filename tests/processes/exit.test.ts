// The end of a process with Waymark: its spans are sent, and otherwise it ends as it would without Waymark.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { describeOnUnix } from '../on-platform.ts';
import { type Ending, runScript, startScript } from './script.ts';

// Each test starts a process that compiles its sources, which takes many seconds on a busy machine; some wait three more.
jest.setTimeout(60_000);

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(() => receiver.close());

function receivedNames(): string[] {
  return receiver.spans.map(({ name }) => name);
}

/** A collector whose requests the test answers. */
async function startSilentCollector() {
  const held: ServerResponse[] = [];
  const waiters = new Set<() => void>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      held.push(response);
      for (const wake of waiters) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, // a listening TCP server has a port
    held,
    waitFor: (count: number) =>
      new Promise<void>((resolve) => {
        const wake = (): void => {
          if (held.length >= count) resolve();
        };
        waiters.add(wake);
        wake();
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An address where nothing listens. */
async function freeUrl(): Promise<string> {
  const collector = await startSilentCollector();
  await collector[Symbol.asyncDispose]();
  return collector.url;
}

async function secondsOf(run: Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run;
  return (performance.now() - startMs) / 1000;
}

/** How long a script ran, without its loading time. */
async function runTimed(script: string, url: string): Promise<{ ending: Ending; seconds: number }> {
  const timed = `
    const begunMs = performance.now();
    process.on('exit', () => console.log((performance.now() - begunMs) / 1000));
    ${script}
  `;
  const ending = await runScript(timed, url);
  return { ending, seconds: Number(ending.stdout.trim().split('\n').at(-1)) };
}

const makeSpan = `makeTracer().startSpan('work').end();`;

describe('a script that ends by itself', () => {
  test('delivers its one span', async () => {
    expect(await runScript(makeSpan, receiver.url)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(receivedNames()).toEqual(['work']);
  });

  test('keeps its exit code', async () => {
    expect(await runScript(`${makeSpan} process.exitCode = 3;`, receiver.url)).toMatchObject({ code: 3, signal: null });
    expect(receivedNames()).toEqual(['work']);
  });

  test('delivers spans that end in its beforeExit listeners', async () => {
    const script = `
      const tracer = makeTracer();
      tracer.startSpan('work').end();
      let rounds = 0;
      process.on('beforeExit', () => {
        if (++rounds <= 2) tracer.startSpan('round ' + rounds).end();
      });
    `;
    expect(await runScript(script, receiver.url)).toMatchObject({ code: 0, stderr: '' });
    expect(receivedNames().sort()).toEqual(['round 1', 'round 2', 'work']);
  });

  test('does not wait for an unreachable collector, and reports the loss', async () => {
    const script = `${makeSpan} let rounds = 0; process.on('beforeExit', () => console.log('round ' + ++rounds));`;
    const { ending, seconds } = await runTimed(script, await freeUrl());
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.stderr).toMatch(/^waymark warn: 1 span was not sent before the process ended: .*ECONNREFUSED.*\n$/);
    expect(ending.stdout).toMatch(/^round 1\nround 2\n[\d.]+\n$/);
    expect(seconds).toBeLessThan(2);
  });

  test('reports the size of a burst of drops, and is not kept alive for that', async () => {
    const script = `
      const tracer = makeTracer({ exporter: otlpExporter({ url, batch: { maxQueueSize: 100 } }) });
      for (let count = 0; count < 1000; count++) tracer.startSpan('burst').end();`;
    expect(await runScript(script, receiver.url)).toMatchObject({
      code: 0,
      stderr:
        'waymark warn: spans were dropped: queue-full\n' +
        'waymark warn: spans were dropped: queue-full (899 more, 900 in all)\n',
    });
    expect(receiver.spans).toHaveLength(100);
  });

  test('waits three seconds for a collector that does not answer', async () => {
    await using collector = await startSilentCollector();
    const { seconds } = await runTimed(makeSpan, collector.url);
    expect(seconds).toBeGreaterThan(2.9);
    expect(seconds).toBeLessThan(4.5);
  });

  test('flushes its tracers at the same time', async () => {
    await using collector = await startSilentCollector();
    const running = startScript(`${makeSpan} ${makeSpan}`, collector.url);
    await collector.waitFor(2); // neither has been answered
    for (const response of collector.held) response.end();
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('waits for its own flush() as long as that flush may take', async () => {
    await using collector = await startSilentCollector();
    const script = `
      const tracer = makeTracer({ flushOnExit: false });
      tracer.startSpan('work').end();
      tracer.flush().then((report) => console.log(JSON.stringify(report)));
    `;
    const running = startScript(script, collector.url);
    await collector.waitFor(1);
    collector.held[0]?.end();
    expect(await running.ended).toMatchObject({ code: 0, stdout: '{"delivered":1,"lost":0,"complete":true}\n' });
  });

  test('is not kept alive by an open batch, a request or a connection', async () => {
    await using collector = await startSilentCollector();
    const script = `
      const exporter = otlpExporter({ url, batch: { maxExportBatchSize: 2 } });
      const tracer = makeTracer({ exporter, flushOnExit: false });
      for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
      const timer = setInterval(() => {
        if (tracer.stats().waiting === 3) setTimeout(() => clearInterval(timer), 300);
      }, 50);
    `;
    const { seconds } = await runTimed(script, collector.url);
    expect(seconds).toBeLessThan(4);
    expect(collector.held).toHaveLength(1);
  });
});

describe('a process that ends at once', () => {
  test('by process.exit() sends its spans first', async () => {
    const ending = await runScript(`${makeSpan} setTimeout(() => process.exit(5), 50);`, receiver.url);
    expect(ending).toEqual({ code: 5, signal: null, stdout: '', stderr: '' });
    expect(receivedNames()).toEqual(['work']);
  });

  test('by process.exit() waits at most a second for a collector that does not answer', async () => {
    await using collector = await startSilentCollector();
    const { ending, seconds } = await runTimed(`${makeSpan} setTimeout(() => process.exit(5), 50);`, collector.url);
    expect(ending).toMatchObject({ code: 5, signal: null });
    expect(ending.stderr).toBe(
      'waymark warn: 1 span was not sent before the process ended: the receiver did not answer in time\n',
    );
    expect(seconds).toBeLessThan(2);
  });

  test('by an uncaught exception prints it, and has the same exit code', async () => {
    const script = `${makeSpan} setTimeout(() => { throw new Error('nobody catches this'); }, 50);`;
    const ending = await runScript(script, receiver.url);
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(ending.stderr).toMatch(/Error: nobody catches this/);
    expect(receivedNames()).toEqual(['work']);
  });

  test('by an unhandled rejection prints it, and has the same exit code', async () => {
    const script = `makeTracer().withSpan('work', async () => { throw new Error('nobody handles this'); });`;
    const ending = await runScript(script, receiver.url);
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(ending.stderr).toMatch(/Error: nobody handles this/);
    expect(receivedNames()).toEqual(['work']);
  });
});

const runOn = `${makeSpan} setInterval(() => {}, 1000); console.log('ready');`;

describeOnUnix('signals that a process can catch').each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)(
  '%s',
  (signal) => {
    test('ends a process that does not listen for it, after its spans are sent', async () => {
      const running = startScript(runOn, receiver.url);
      await running.says('ready');
      running.kill(signal);
      expect(await running.ended).toMatchObject({ code: null, signal, stderr: '' });
      expect(receivedNames()).toEqual(['work']);
    });

    test('is left to a process that listens for it: only its spans are sent', async () => {
      const script = `
      process.on('${signal}', () => console.log('heard'));
      ${runOn}
      process.stdin.once('data', () => process.exit(7));
    `;
      const running = startScript(script, receiver.url);
      await running.says('ready');
      running.kill(signal);
      await Promise.all([running.says('heard'), receiver.waitFor(1)]);
      running.tell('end');
      expect(await running.ended).toMatchObject({ code: 7, signal: null, stdout: 'ready\nheard\n', stderr: '' });
    });
  },
);

describeOnUnix('signals that a process can catch')('a signal', () => {
  test('ends a process after spans that ended during the flush are sent too', async () => {
    await using collector = await startSilentCollector();
    const script = `
      const tracer = makeTracer();
      tracer.startSpan('early').end();
      process.stdin.once('data', () => {
        tracer.startSpan('late').end();
        console.log('late');
      });
      console.log('ready');
    `;
    const running = startScript(script, collector.url);
    await running.says('ready');
    running.kill('SIGTERM');
    await collector.waitFor(1);
    running.tell('end one more');
    await running.says('late\n');
    collector.held[0]?.end();
    await collector.waitFor(2);
    collector.held[1]?.end();
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  test('ends a process that keeps working as soon as no span waits', async () => {
    await using collector = await startSilentCollector();
    const script = `
      const tracer = makeTracer();
      tracer.startSpan('span 1').end();
      process.stdin.on('data', (line) => {
        tracer.startSpan('span ' + Number(line)).end();
        console.log('made ' + Number(line) + '.');
      });
      console.log('ready');
    `;
    const running = startScript(script, collector.url);
    await running.says('ready');
    running.kill('SIGTERM');
    for (let count = 1; count < 5; count++) {
      await Promise.race([collector.waitFor(count), running.ended]);
      running.tell(String(count + 1));
      await running.says(`made ${count + 1}.`);
      collector.held[count - 1]?.end();
    }
    await Promise.race([collector.waitFor(5), running.ended]);
    collector.held[4]?.end();
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  test('reaches a process that listens for it each time', async () => {
    const script = `
      const tracer = makeTracer();
      let times = 0;
      process.on('SIGTERM', () => {
        times++;
        tracer.startSpan('time ' + times).end();
        console.log('heard ' + times);
      });
      setInterval(() => {}, 1000);
      process.stdin.once('data', () => process.exit(7));
      console.log('ready');
    `;
    const running = startScript(script, receiver.url);
    await running.says('ready');
    for (const time of [1, 2, 3]) {
      running.kill('SIGTERM');
      await running.says(`heard ${time}`);
    }
    running.tell('end');
    expect(await running.ended).toMatchObject({ code: 7, signal: null });
  });

  test('ends a process whose collector does not answer, three seconds later', async () => {
    await using collector = await startSilentCollector();
    const running = startScript(runOn, collector.url);
    await running.says('ready');
    running.kill('SIGTERM');
    const seconds = await secondsOf(running.ended);
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(seconds).toBeGreaterThan(2.5);
    expect(seconds).toBeLessThan(4.5);
  });

  test('ends it at once when it comes again', async () => {
    await using collector = await startSilentCollector();
    const running = startScript(runOn, collector.url);
    await running.says('ready');
    running.kill('SIGTERM');
    await collector.waitFor(1);
    const again = setInterval(() => running.kill('SIGTERM'), 150);
    const seconds = await secondsOf(running.ended);
    clearInterval(again);
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(seconds).toBeLessThan(2);
  });

  test('counts once when it comes twice at the same time, from the terminal and from npm', async () => {
    await using collector = await startSilentCollector();
    const script = `
      ${runOn}
      const press = () => process.kill(process.pid, 'SIGINT');
      press();
      setTimeout(press, 20);
      setTimeout(() => console.log('still here'), 40);
    `;
    const running = startScript(script, collector.url);
    await Promise.all([running.says('still here'), collector.waitFor(1)]);
    collector.held[0]?.end();
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
  });

  test('ends a process that a library ends if it has the only listener', async () => {
    // As signal-exit does, which many command-line tools contain. Its listener is added before and after ours.
    const library = `
      process.on('SIGTERM', function library() {
        if (process.listenerCount('SIGTERM') > 1) return;
        process.off('SIGTERM', library);
        process.kill(process.pid, 'SIGTERM');
      });
    `;
    for (const script of [`${library} ${runOn}`, `${runOn} ${library}`]) {
      const running = startScript(script, receiver.url);
      await running.says('ready');
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    }
  });

  test('ends a process that contains two copies of Waymark, after the spans of both are sent', async () => {
    const script = `
      ${makeSpan}
      for (const file of Object.keys(require.cache)) if (file.includes('core')) delete require.cache[file];
      const second = require('@waymark/core');
      const { otlpExporter: exporterOfSecond } = require('@waymark/core/otlp');
      if (second.createTracer === createTracer) throw new Error('this is the same copy');
      second.createTracer({ exporter: exporterOfSecond({ url }) }).startSpan('work of the second').end();
      setInterval(() => {}, 1000);
      console.log('ready');
    `;
    const running = startScript(script, receiver.url);
    await running.says('ready');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(receivedNames().sort()).toEqual(['work', 'work of the second']);
  });
});

test('there are no listeners before the first tracer, with flushOnExit off, or after the last shutdown', async () => {
  const script = `
    const counts = () => ['beforeExit', 'SIGTERM', 'SIGINT'].map((event) => process.listenerCount(event)).join();
    const seen = [counts()];
    makeTracer({ flushOnExit: false });
    seen.push(counts());
    const tracers = [makeTracer(), makeTracer()];
    seen.push(counts());
    tracers[0].shutdown().then(() => {
      seen.push(counts());
      return tracers[1].shutdown();
    }).then(() => console.log([...seen, counts()].join(' ')));
  `;
  expect((await runScript(script, receiver.url)).stdout).toBe('0,0,0 0,0,0 1,1,1 1,1,1 0,0,0\n');
});

test('a worker thread delivers its spans when it ends, and has no signal listeners', async () => {
  const script = `
    const { isMainThread, Worker } = require('node:worker_threads');
    const code = ${JSON.stringify(`
      require('esbuild-register/dist/node').register();
      const { createTracer } = require('@waymark/core');
      const { otlpExporter } = require('@waymark/core/otlp');
      const tracer = createTracer({ serviceName: 'worker', exporter: otlpExporter({ url: process.env.RECEIVER }) });
      tracer.startSpan('work of the worker').end();
      console.log(process.listenerCount('SIGTERM'));
    `)};
    ${makeSpan}
    new Worker(code, { eval: true }).on('exit', (code) => console.log('worker ended with ' + code));
  `;
  expect(await runScript(script, receiver.url)).toEqual({
    code: 0,
    signal: null,
    stdout: '0\nworker ended with 0\n',
    stderr: '',
  });
  expect(receivedNames().sort()).toEqual(['work', 'work of the worker']);
});
