// Requests that the end of the process breaks off: their spans arrive, and the process ends as it would without tracing.
import { performance } from 'node:perf_hooks';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { testOnUnix } from '../on-platform.ts';
import { runScript, startScript } from './script.ts';

// Each test starts a process that compiles its sources, which takes many seconds on a busy machine.
jest.setTimeout(60_000);

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(() => receiver.close());

/** Each arrived span, once for each arrival. */
function received(): string[] {
  return receiver.spans.map(({ name, status }) => `${name} ${status.code}`).sort();
}

/** A service that answers `/slow` on demand, and runs `ends` for any other request. */
const service = (ends: string): string => `
  const http = require('node:http');
  const { traceHandler } = require('@waymark/core/http');
  const { withSpan } = require('@waymark/core');
  const tracer = makeTracer();
  const slow = [];
  const server = http.createServer(traceHandler((req, res) => {
    if (req.url === '/slow') {
      slow.push(res);
      console.log('slow ' + slow.length);
    } else withSpan('work', () => { ${ends} });
  }, { tracer }));
  process.stdin.once('data', () => { for (const res of slow) res.end('done'); });
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port + '.'));
`;

async function startService(source: string) {
  const running = startScript(source, receiver.url);
  const port = Number(/port (\d+)\./.exec(await running.says('.'))?.[1]);
  return { running, url: `http://127.0.0.1:${port}` };
}

testOnUnix('signals that a process can catch').each(['SIGTERM', 'SIGINT'] as const)(
  'a service that closes upon %s and then exits has sent the requests that it waited for',
  async (signal) => {
    const { running, url } = await startService(`
      ${service('')}
      process.on('${signal}', () => {
        server.close(() => process.exit(0));
        console.log('closing');
      });
    `);
    const answer = fetch(`${url}/slow`, { headers: { connection: 'close' } }).then((response) => response.text());
    await running.says('slow 1');
    running.kill(signal);
    await running.says('closing');
    running.tell('answer');
    expect(await answer).toBe('done');
    expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(received()).toEqual(['GET unset']);
  },
);

test('the span of a request that calls process.exit() is sent, with the spans under way in it', async () => {
  const { running, url } = await startService(service('process.exit(7)'));
  await expect(fetch(url)).rejects.toThrow();
  expect(await running.ended).toMatchObject({ code: 7, signal: null, stderr: '' });
  expect(received()).toEqual(['GET error', 'work unset']);
});

const breaks = [
  ['thrown in a callback', `setTimeout(() => { throw new TypeError('broken'); }, 1);`],
  ['thrown after an await', `(async () => { await null; throw new TypeError('broken'); })();`],
  ['in a rejection', `Promise.reject(new TypeError('broken'));`],
] as const;

describe.each(breaks)('an exception %s', (_where, ends) => {
  test('that ends the process is recorded in the trace that it broke off', async () => {
    const { running, url } = await startService(service(`withSpan('inner', () => new Promise(() => { ${ends} }))`));
    await expect(fetch(url)).rejects.toThrow();
    const ending = await running.ended;
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(ending.stderr).toMatch(/TypeError: broken\n/);
    expect(ending.stderr).not.toMatch(/waymark/);
    expect(received()).toEqual(['GET error', 'inner error', 'work unset']);
    const exceptions = receiver.spans.flatMap(({ name, events }) => events.map((event) => [name, event.name]));
    expect(exceptions).toEqual([['inner', 'exception']]);
  });
});

test('an exception is recorded if a listener handles it and then ends the process', async () => {
  const { running, url } = await startService(`
    ${service(`setTimeout(() => { throw new TypeError('broken'); }, 1);`)}
    process.on('uncaughtException', () => setTimeout(() => process.exit(3), 10));
  `);
  await expect(fetch(url)).rejects.toThrow();
  expect(await running.ended).toMatchObject({ code: 3, stderr: '' });
  expect(received()).toEqual(['GET error', 'work unset']);
  expect(receiver.spans.find(({ name }) => name === 'GET')?.events.map(({ name }) => name)).toEqual(['exception']);
});

testOnUnix('signals that a process can catch')(
  'an exception that a listener handles does not change the request if the process goes on',
  async () => {
    const { running, url } = await startService(`
    ${service(`setTimeout(() => { setTimeout(() => res.end('well'), 20); throw new TypeError('broken'); }, 1);`)}
    process.on('uncaughtException', () => {});
    process.on('SIGTERM', () => process.exit(0));
  `);
    expect(await (await fetch(url)).text()).toBe('well');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(received()).toEqual(['GET unset', 'work unset']);
  },
);

test('modules that the application preloads do not run a second time', async () => {
  const ending = await runScript(`makeTracer().startSpan('work').end(); process.exit(0);`, receiver.url, {
    env: { NODE_OPTIONS: `--require=${require.resolve('./says-loaded.cjs')}` },
  });
  expect(ending).toEqual({ code: 0, signal: null, stdout: 'loaded\n', stderr: '' });
  expect(received()).toEqual(['work unset']);
});

test('a batch that the operating system has is not sent again', async () => {
  const script = `
    const tracer = makeTracer();
    tracer.startSpan('early').end();
    tracer.flush();
    process.stdin.once('data', () => {
      tracer.startSpan('late').end();
      process.exit(0);
    });
  `;
  const running = startScript(script, receiver.url);
  await receiver.waitFor(1);
  running.tell('end');
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  expect(received()).toEqual(['early unset', 'late unset']);
});

test("an 'exit' listener that calls process.exit() loses nothing", async () => {
  const script = `
    process.on('exit', () => process.exit(5));
    makeTracer().startSpan('work').end();
    process.exit(0);
  `;
  expect(await runScript(script, receiver.url)).toMatchObject({ code: 5, stderr: '' });
  expect(received()).toEqual(['work unset']);
});

test("a span that ends in a later 'exit' listener is reported", async () => {
  const script = `
    const tracer = makeTracer();
    tracer.startSpan('work').end();
    process.on('exit', () => tracer.startSpan('last words').end());
    process.exit(0);
  `;
  const ending = await runScript(script, receiver.url);
  expect(ending.code).toBe(0);
  expect(received()).toEqual(['work unset']);
  expect(ending.stderr).toBe('waymark warn: spans were dropped: after-shutdown\n');
});

test('many spans are all sent, and nothing is reported', async () => {
  const script = `
    const tracer = makeTracer();
    for (let count = 0; count < 5_000; count++) tracer.startSpan('work').end();
    process.exit(0);
  `;
  expect(await runScript(script, receiver.url)).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.spans).toHaveLength(5_000);
});

test('a collector that is unreachable does not hold the process', async () => {
  const { url } = receiver;
  await receiver.close();
  const script = `
    const tracer = makeTracer();
    tracer.startSpan('work').end();
    const startMs = performance.now();
    process.on('exit', () => console.log(performance.now() - startMs));
    process.exit(4);
  `;
  const startMs = performance.now();
  const ending = await runScript(script, url);
  expect(ending).toMatchObject({ code: 4 });
  expect(ending.stderr).toMatch(/^waymark warn: 1 span was not sent before the process ended: .*ECONNREFUSED.*\n$/);
  expect(performance.now() - startMs).toBeLessThan(50_000);
  receiver = await startOtlpReceiver();
});
