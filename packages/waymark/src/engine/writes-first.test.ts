/** Writes go before reads. The tests check the order, which does not depend on the speed of the machine. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import { hasNodeSqlite } from '../store/sqlite/open-driver.ts';
import type { ReadCaller } from './read-queue.ts';
import { type Engine, type LaunchOptions, startEngine } from './start-engine.ts';

const resource = { serviceName: 'orders', attributes: { 'service.name': 'orders' } };
const traceIdOf = (number: number) => (number + 1).toString(16).padStart(32, '0');

function tracesOf(from: number, count: number): Span[] {
  return Array.from({ length: 10 * count }, (_, index) => ({
    traceId: traceIdOf(from + Math.floor(index / 10)),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: `GET /orders/${index % 7}`,
    kind: 'server' as const,
    startTimeUnixNano: `17640370${String(index).padStart(11, '0')}`,
    endTimeUnixNano: `17640370${String(index + 5).padStart(11, '0')}`,
    attributes: { 'http.route': '/orders/:id', 'db.query.text': `SELECT * FROM orders WHERE id = ${index}` },
    resource,
  }));
}

const everywhere = { query: parseQuery('"nowhere to be found"') };

let folder: string;
let engine: Engine;

async function open(options: LaunchOptions): Promise<Engine> {
  engine = await startEngine(options);
  for (let from = 0; from < 3000; from += 500) await engine.add(tracesOf(from, 500));
  return engine;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-engine-'));
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const stores: readonly (readonly [name: string, options: () => LaunchOptions])[] = [
  ['in memory', () => ({})],
  ['node-sqlite3-wasm', () => ({ path: join(folder, 'traces.db'), driver: 'node-sqlite3-wasm' })],
  ...(hasNodeSqlite()
    ? ([
        ['node:sqlite, one reader', () => ({ path: join(folder, 'traces.db'), readerCount: 1 })],
        ['node:sqlite, two readers', () => ({ path: join(folder, 'traces.db'), readerCount: 2 })],
        ['node:sqlite, no reader', () => ({ path: join(folder, 'traces.db'), readerCount: 0 })],
      ] as const)
    : []),
];

describe.each(stores)('%s', (_, options) => {
  test('a batch that arrives while 24 searches wait is stored before they are answered, and found', async () => {
    await open(options());
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const searches = Array.from({ length: 24 }, () => engine.list(everywhere).then(note('search')));
    await engine.add(tracesOf(3000, 1)).then(note('batch'));
    const spans = await engine.spans(traceIdOf(3000));
    note('trace')();
    await Promise.all(searches);
    expect(spans).toHaveLength(10);
    // At most the searches that had already been sent to a thread.
    expect(order.indexOf('batch')).toBeLessThanOrEqual(2);
    // Reads and searches take turns: the read of the trace waits for the running searches only.
    expect(order.indexOf('trace')).toBeLessThanOrEqual(4);
    expect(order).toHaveLength(26);
  }, 60_000);

  test('the next read always finds an acknowledged batch', async () => {
    await open(options());
    for (let number = 4000; number < 4060; number++) {
      await engine.add(tracesOf(number, 1));
      const query = { query: parseQuery(`trace:${traceIdOf(number)}`) };
      const [spans, first] = await Promise.all([engine.spans(traceIdOf(number)), engine.list(query)]);
      // On a slow machine one call may reach its time limit first.
      let page = first;
      while (page.traces.length === 0 && page.cursor !== undefined) {
        page = await engine.list({ ...query, cursor: page.cursor });
      }
      expect([spans.length, page.traces.length]).toEqual([10, 1]);
    }
  }, 60_000);

  test('searches survive clearing and eviction that happen during them', async () => {
    await open({ ...options(), limits: { maxSpans: 20_000 } });
    const searches = Array.from({ length: 6 }, () => engine.list(everywhere));
    for (let from = 5000; from < 6000; from += 100) await engine.add(tracesOf(from, 100));
    await engine.clear();
    for (const { traces } of await Promise.all(searches)) expect(traces).toEqual([]);
    expect(await engine.list({})).toMatchObject({ traces: [], isComplete: true });
    expect(await engine.services()).toEqual([]);
  }, 60_000);

  test('closing stores all earlier batches', async () => {
    await open({ ...options(), readerCount: 0 });
    const batches = Promise.all(Array.from({ length: 100 }, (_, number) => engine.add(tracesOf(7000 + number, 1))));
    await engine.close();
    expect((await batches).map(({ length }) => length)).toEqual(Array(100).fill(1));
  }, 60_000);

  test('closing answers the running read, and rejects waiting ones', async () => {
    await open(options());
    const settled = Promise.allSettled(Array.from({ length: 24 }, () => engine.list(everywhere)));
    await engine.close();
    const outcomes = await settled;
    const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(answered).toBeGreaterThanOrEqual(1);
    expect(answered).toBeLessThanOrEqual(3);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'WAYMARK_STORE_FAILED' } });
  }, 60_000);
});

describe('waiting reads', () => {
  function createCaller() {
    const listeners: (() => void)[] = [];
    const caller: ReadCaller & { end(): void } = {
      hasEnded: false,
      onEnd: (listener) => void listeners.push(listener),
      end() {
        for (const listener of listeners.splice(0)) listener();
      },
    };
    return caller;
  }

  test('are refused beyond a limit, while batches are not', async () => {
    await open({ reads: { maxWaiting: 3 } });
    const settled = Promise.allSettled(Array.from({ length: 6 }, () => engine.list(everywhere)));
    await engine.add(tracesOf(3000, 1));
    expect((await settled).map(({ status }) => status)).toEqual([
      ...Array(4).fill('fulfilled'),
      ...Array(2).fill('rejected'),
    ]);
    expect((await settled).at(-1)).toMatchObject({
      reason: { code: 'WAYMARK_READS_FULL', status: 503, retryAfterSeconds: 2 },
    });
    expect(engine.status()).toMatchObject({ waitingReads: 0, refusedReads: 2 });
  }, 60_000);

  test('are not started when their client has gone away', async () => {
    const callers = [createCaller(), createCaller()] as const;
    let current: ReadCaller | undefined;
    await open({ caller: () => current });
    const read = (caller: ReadCaller) => {
      current = caller;
      return engine.list(everywhere);
    };
    const first = read(callers[0]);
    const second = read(callers[1]);
    callers[1].end();
    await expect(second).rejects.toMatchObject({ code: 'WAYMARK_CALLER_GONE' });
    expect(engine.status().waitingReads).toBe(0);
    expect(await first).toMatchObject({ traces: [] });
  }, 60_000);

  test('of a trace that is sent piece by piece continue, and hold only the newest piece', async () => {
    const caller = createCaller();
    await open({ caller: () => caller, reads: { maxHeldBytes: 1000 } });
    const id = traceIdOf(0);
    expect((await engine.tracePiece(id, 'spans', 0))?.json.length).toBeGreaterThan(1000);
    await expect(engine.tracePiece(id, 'spans', 0)).rejects.toMatchObject({ code: 'WAYMARK_READS_FULL' });
    // After the last piece nothing is held any more.
    expect(await engine.tracePiece(id, 'spans', 1000)).toEqual({ json: '' });
    expect((await engine.list({})).traces).toHaveLength(50);
  });

  test('are refused while unfetched answers fill the memory', async () => {
    const slow = createCaller();
    let current: ReadCaller | undefined = slow;
    await open({ caller: () => current, reads: { maxHeldBytes: 1000 } });
    expect((await engine.tracePiece(traceIdOf(0), 'spans', 0))?.json).toContain(traceIdOf(0));
    current = createCaller();
    await expect(engine.list({})).rejects.toMatchObject({ code: 'WAYMARK_READS_FULL' });
    await engine.add(tracesOf(3000, 1));
    slow.end();
    expect((await engine.list({})).traces).toHaveLength(50);
  }, 60_000);
});
