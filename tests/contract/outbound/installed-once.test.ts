// A call has one span and one set of headers, even if several copies of the package turn outbound tracing on several times.
import { instrumentOutbound } from '@waymark/core/outbound';
import { nodeHttpClient } from './clients.ts';
import { type Downstream, startDownstream } from './downstream.ts';
import { loadInAnotherRealm, type Waymark } from './other-realm.ts';
import { startTracing, type Tracing } from './tracing.ts';

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

/** Makes a call by each kind of client, and returns the number of `traceparent` headers that arrived. */
async function countHeaders(): Promise<number[]> {
  const before = downstream.received.length;
  await tracing.inCaller(async () => {
    await (await fetch(`${downstream.origin}/ok`)).text();
    await (await nodeHttpClient.send(`${downstream.origin}/ok`)).text();
  });
  return downstream.received.slice(before).map((request) => request.count('traceparent'));
}

test('is installed once if turned on twice, until it is turned off twice', async () => {
  const stop = instrumentOutbound();
  expect(await countHeaders()).toEqual([1, 1]);
  stop();
  stop(); // a second call of the same function does nothing
  expect(await countHeaders()).toEqual([1, 1]);
  tracing.stop();
  expect(await countHeaders()).toEqual([0, 0]);
  expect(await tracing.calls(4)).toHaveLength(4);
});

test('works again when it is turned off and on', async () => {
  tracing.stop();
  const stop = instrumentOutbound();
  expect(await countHeaders()).toEqual([1, 1]);
  stop();
  expect(await countHeaders()).toEqual([0, 0]);
});

test('a second copy of the package shares what the first installed', async () => {
  const copy = loadSecondCopy();
  expect(copy.instrumentOutbound).not.toBe(instrumentOutbound);
  const stop = copy.instrumentOutbound();
  expect(await countHeaders()).toEqual([1, 1]);
  tracing.stop(); // the copy still uses it
  expect(await countHeaders()).toEqual([1, 1]);
  stop();
  expect(await countHeaders()).toEqual([0, 0]);
  expect(await tracing.calls(4)).toHaveLength(4);
});

test('a span of a second copy is the parent of calls like any other', async () => {
  const copy = loadSecondCopy();
  const exporter = copy.inMemoryExporter();
  const tracer = copy.createTracer({ exporter, env: {}, logLevel: 'none' });
  await tracer.withSpan('caller', async (caller) => {
    await (await fetch(`${downstream.origin}/ok`)).text();
    expect(downstream.received[0]?.headers.traceparent).toContain(caller.traceId);
  });
  expect((await exporter.waitFor(2)).map(({ name }) => name)).toEqual(['GET', 'caller']);
});

// Jest gives each test file a separate global object, but the files of one worker share Node's modules.
test('an instrumentation left behind by one test file is removed by the next', async () => {
  tracing.stop();
  const earlier = loadInAnotherRealm();
  const left = earlier.inMemoryExporter();
  earlier.getTracer({ exporter: left, env: {}, logLevel: 'none' });
  const stop = earlier.instrumentOutbound();
  await (await fetch(`${downstream.origin}/ok`)).text();
  await left.waitFor(1);

  tracing = startTracing();
  expect(await countHeaders()).toEqual([1, 1]);
  stop(); // too late: the next file has already removed the instrumentation
  expect(await countHeaders()).toEqual([1, 1]);
  expect(left.spans).toHaveLength(1);
  expect(await tracing.calls(4)).toHaveLength(4);
});

/** Another copy of the package, as a duplicate in `node_modules` is. */
function loadSecondCopy(): Waymark {
  let copy: Waymark | undefined;
  jest.isolateModules(() => {
    copy = {
      ...require('@waymark/core'),
      ...require('@waymark/core/outbound'),
      ...require('@waymark/core/testing'),
    };
  });
  return copy as unknown as Waymark; // the callback has been called
}
