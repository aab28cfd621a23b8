// A call that times out is an error. A call that its caller aborts is not.
import { execFile } from 'node:child_process';
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import { promisify } from 'node:util';
import { bundleWaymark } from './bundled-waymark.ts';
import { type Downstream, startDownstream } from './downstream.ts';
import { describeCall, startTracing, type Tracing } from './tracing.ts';
import { loadUndici } from './undici-versions.ts';

const timedOut = 'GET unanswered error error.type timeout';
const cancelled = 'GET unanswered unset cancelled';
const ms = 100;

let downstream: Downstream;
let tracing: Tracing;

beforeEach(async () => {
  downstream = await startDownstream();
  tracing = startTracing();
});
afterEach(async () => {
  tracing.stop();
  await downstream.close();
});

/** The outcome of one call in a span. */
async function outcomeOf(call: (url: string) => unknown): Promise<string[]> {
  await tracing.inCaller(async () => {
    try {
      await call(`${downstream.origin}/hang`);
    } catch {
      // the call fails without an answer
    }
  });
  return (await tracing.calls(1)).map(describeCall);
}

function get(
  url: string,
  options: RequestOptions,
  then: (request: ClientRequest) => unknown = () => {},
): Promise<unknown> {
  return new Promise((resolve) => {
    const request = http
      .get(url, options)
      .on('close', resolve)
      .on('error', () => {});
    then(request);
  });
}

describe('outbound node:http: a call', () => {
  test.each<[string, RequestOptions, (request: ClientRequest) => unknown]>([
    ["on('timeout', destroy), with the option", { timeout: ms }, (call) => call.on('timeout', () => call.destroy())],
    ['setTimeout(ms, destroy)', {}, (call) => call.setTimeout(ms, () => call.destroy())],
    ['setTimeout(ms, abort)', {}, (call) => call.setTimeout(ms, () => call.abort())],
    ['destroy(error) of a timeout', {}, (call) => call.setTimeout(ms, () => call.destroy(new Error('too slow')))],
    [
      'a destroy later than the timeout',
      {},
      (call) => call.setTimeout(ms, () => void Promise.resolve().then(() => call.destroy())),
    ],
    [
      'a timeout of its socket',
      {},
      (call) => call.on('socket', (socket) => socket.setTimeout(ms, () => call.destroy())),
    ],
    [
      'a socket that is destroyed when it times out',
      {},
      (call) => call.on('socket', (socket) => socket.setTimeout(ms, () => socket.destroy())),
    ],
    ['an agent without keep-alive', { agent: false, timeout: ms }, (call) => call.on('timeout', () => call.destroy())],
    [
      'an agent with a timeout',
      { agent: new http.Agent({ timeout: ms }) },
      (call) => call.on('timeout', () => call.destroy()),
    ],
  ])('has failed by %s', async (_what, options, then) => {
    expect(await outcomeOf((url) => get(url, options, then))).toEqual([timedOut]);
  });

  test('has failed by AbortSignal.timeout()', async () => {
    expect(await outcomeOf((url) => get(url, { signal: AbortSignal.timeout(ms) }))).toEqual([timedOut]);
  });

  test('has the error that it was destroyed with', async () => {
    await outcomeOf((url) =>
      get(url, { timeout: ms }, (call) => call.on('timeout', () => call.destroy(new Error('too slow')))),
    );
    expect((await tracing.calls(1))[0]?.status).toEqual({ code: 'error', message: 'too slow' });
  });

  test.each<[string, (request: ClientRequest) => unknown]>([
    ['is given up', (call) => call.destroy()],
    ['is aborted', (call) => call.abort()],
    ['has its socket destroyed', (call) => call.socket?.destroy()],
  ])('that %s while its server is at work is cancelled', async (_what, giveUp) => {
    const options = { timeout: 60_000 };
    const call = (url: string) =>
      get(url, options, (request) => downstream.waitForRequests(1).then(() => giveUp(request)));
    expect(await outcomeOf(call)).toEqual([cancelled]);
  });

  test('that a timer of the application gives up is cancelled', async () => {
    expect(await outcomeOf((url) => get(url, {}, (call) => setTimeout(() => call.destroy(), ms)))).toEqual([cancelled]);
  });

  test('goes on if no listener acts on its timeout', async () => {
    await tracing.inCaller(() =>
      get(`${downstream.origin}/slow`, { timeout: ms }, (call) =>
        call.on('response', (response) => response.resume()).on('timeout', () => downstream.release()),
      ),
    );
    expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
  });

  test('leaves the errors of the application as they are', async () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    await outcomeOf((url) => get(url, {}, (call) => call.setTimeout(ms, () => call.destroy())));
    expect(Error.prepareStackTrace).toBe(prepareStackTrace);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});

const fetches: [string, typeof globalThis.fetch][] = [['fetch', globalThis.fetch]];
for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici === undefined) continue;
  fetches.push([`undici ${major}`, undici.fetch as unknown as typeof globalThis.fetch]); // takes what Node's takes

  describe(`outbound undici ${major}: a call`, () => {
    test('has failed by headersTimeout', async () => {
      const agent = new undici.Agent({ headersTimeout: ms });
      expect(await outcomeOf((url) => undici.request(url, { dispatcher: agent }))).toEqual([timedOut]);
      await agent.destroy();
    });

    test('has failed by AbortSignal.timeout()', async () => {
      const call = (url: string) => undici.request(url, { signal: AbortSignal.timeout(ms) });
      expect(await outcomeOf(call)).toEqual([timedOut]);
    });

    test('stays answered when bodyTimeout fires', async () => {
      const agent = new undici.Agent({ bodyTimeout: ms });
      await tracing.inCaller(async () => {
        const { body } = await undici.request(`${downstream.origin}/slow`, { dispatcher: agent });
        await expect(body.text()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
      await agent.destroy();
    });
  });
}

describe.each(fetches)('outbound %s: fetch()', (_name, fetch) => {
  test.each<[string, () => AbortSignal]>([
    ['AbortSignal.timeout()', () => AbortSignal.timeout(ms)],
    ['AbortSignal.any() of one', () => AbortSignal.any([AbortSignal.timeout(ms), new AbortController().signal])],
  ])('has failed by %s', async (_what, makeSignal) => {
    // With an open connection the request is sent before the timer can fire, however busy the machine is.
    await (await fetch(`${downstream.origin}/ok`)).text();
    expect(await outcomeOf((url) => fetch(url, { signal: makeSignal() }))).toEqual([timedOut]);
  });

  test.each([
    ['nothing', undefined],
    ['a string', 'enough'],
  ])('that is aborted with %s is cancelled', async (_what, reason) => {
    const controller = new AbortController();
    const call = (url: string) => {
      void downstream.waitForRequests(1).then(() => controller.abort(reason));
      return fetch(url, { signal: controller.signal });
    };
    expect(await outcomeOf(call)).toEqual([cancelled]);
  });
});

// As with --frozen-intrinsics, where tracing cannot read the stack.
test.each<[string, (url: string) => Promise<unknown>]>([
  [
    'fetch',
    (url) => {
      const controller = new AbortController();
      void downstream.waitForRequests(1).then(() => controller.abort());
      return fetch(url, { signal: controller.signal });
    },
  ],
  ['node:http', (url) => get(url, {}, (call) => downstream.waitForRequests(1).then(() => call.destroy()))],
])('a call by %s that is given up is cancelled, also where Error is frozen', async (_what, call) => {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor; // V8 defines it
  Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
  try {
    expect(await outcomeOf(call)).toEqual([cancelled]);
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', limit);
  }
});

// In a separate process: some libraries are ES modules, and Jest replaces Node's timers and module loader.
test('the timeouts of libraries are errors, and aborted calls are not', async () => {
  const program = require.resolve('./fixtures/library-timeouts.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, bundleWaymark()], { timeout: 30_000 });
  const outcomes = Object.entries(JSON.parse(stdout) as Record<string, string>);
  expect(outcomes).toHaveLength(14);
  expect(outcomes).toEqual(
    outcomes.map(([name]) => [name, name.endsWith('aborted') ? 'unset cancelled' : 'error timeout']),
  );
});
