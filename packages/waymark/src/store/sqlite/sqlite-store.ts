/**
 * Traces in a SQLite file. A trace's spans lie in chunks, one for each batch that had some of them; a row for each trace has all
 * that lists show. What is asked of operations and of traffic is counted beside them, in memory, and saved now and then: what was
 * not is counted again from the chunks when the file is opened.
 */
import { inOrderOfStart } from '../../analysis/to-outline.ts';
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { msBetween, nanoToUnixMs } from '../../model/time.ts';
import { failureOf, groupErrors } from '../answers/group-errors.ts';
import type { OperationSpan } from '../answers/summarise-operations.ts';
import { hasFailed, summariseTrace } from '../answers/summarise-trace.ts';
import { defaultLimits } from '../default-limits.ts';
import { createOperationHistory, type SavedCell } from '../operation-history.ts';
import { createRecentSpans } from '../recent-spans.ts';
import { keyOf } from '../span-key.ts';
import type { StoreLimits, TraceStore } from '../trace-store.ts';
import { createTraffic, type SavedTraffic } from '../traffic.ts';
import { decodeChunk, encodeChunk } from './chunk-codec.ts';
import type { DriverName } from './driver.ts';
import { termHashesOf } from './index-terms.ts';
import { createLiveTraces, type LiveTrace } from './live-traces.ts';
import { openDatabase } from './open-database.ts';
import { createRetention } from './retention.ts';
import { createSearch } from './search.ts';
import { StoreFull, storeProblem } from './store-problem.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** Default: Node's own SQLite where it is there. */
  readonly driver?: DriverName | undefined;
  readonly limits?: Partial<StoreLimits> | undefined;
  readonly now?: () => number;
}

// What is not saved when the process is killed is counted again at the next start: a few thousand spans.
const saveEveryMs = 5000;

/** @throws {StoreInUse | StoreUnreadable} */
export function createSqliteStore({
  path,
  driver: driverName,
  limits: given,
  now = Date.now,
}: SqliteStoreOptions): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const database = openDatabase(path, driverName);
  const { driver } = database;
  const history = createOperationHistory();
  const traffic = createTraffic();
  const recent = createRecentSpans();
  const live = createLiveTraces(settle);
  const names = createNames();
  /** Counted in `traffic`, which is not saved yet. */
  let newlySettled: number[] = [];
  let savedMs = now();

  const sql = {
    begin: driver.prepare('BEGIN IMMEDIATE'),
    commit: driver.prepare('COMMIT'),
    rollback: driver.prepare('ROLLBACK'),
    findTrace: driver.prepare('SELECT tid, settled FROM traces WHERE trace_id = ?'),
    insertTrace: driver.prepare(
      'INSERT INTO traces (trace_id, service, name, has_root, start, duration, longest_span, spans, failed, errors, services, added, settled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)',
    ),
    updateTrace: driver.prepare(
      'UPDATE traces SET service = ?, name = ?, has_root = ?, start = ?, duration = ?, longest_span = ?, spans = ?, failed = ?, errors = ?, services = ?, added = ?, settled = 0 WHERE tid = ?',
    ),
    settleTrace: driver.prepare('UPDATE traces SET settled = 1 WHERE tid = ?'),
    lastId: driver.prepare('SELECT last_insert_rowid() AS id'),
    insertChunk: driver.prepare('INSERT INTO chunks (tid, data) VALUES (?, ?)'),
    chunksOf: driver.prepare('SELECT data FROM chunks WHERE tid = ? ORDER BY cid'),
    insertTerm: driver.prepare('INSERT OR IGNORE INTO terms (hash, tid) VALUES (?, ?)'),
    insertFailure: driver.prepare(
      'INSERT INTO failures (tid, span_id, time, service, name, type, message, frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    failures: driver.prepare(
      `SELECT hex(t.trace_id) AS traceId, f.span_id AS spanId, f.time AS timeMs, s.text AS serviceName, n.text AS name,
        f.type, f.message, f.frame FROM failures f JOIN traces t ON t.tid = f.tid JOIN names s ON s.id = f.service
        JOIN names n ON n.id = f.name WHERE f.time >= ? AND f.time <= ? ORDER BY f.time DESC LIMIT 20000`,
    ),
    saveCell: driver.prepare('INSERT OR REPLACE INTO cells (at, operation, data) VALUES (?, ?, ?)'),
    saveTraffic: driver.prepare('INSERT OR REPLACE INTO traffic (at, data) VALUES (?, ?)'),
    saveFact: driver.prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)'),
    insertName: driver.prepare('INSERT INTO names (text) VALUES (?)'),
    findName: driver.prepare('SELECT id FROM names WHERE text = ?'),
    nameById: driver.prepare('SELECT text FROM names WHERE id = ?'),
  };

  const retention = createRetention({
    driver,
    limits,
    now,
    spansOf: (tid, traceId) => readSpans(tid, traceId),
    forget,
  });
  const search = createSearch({ driver, readSpans, nameOf: names.textOf });
  restore();

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    const changes = changesOf(spans);
    if (changes.length === 0) return [];
    const summaries = inTransaction(() => changes.map(write));
    changes.forEach(({ trace, fresh, merged }, index) => {
      trace.tid = summaries[index]?.tid;
      trace.spans = merged;
      for (const span of fresh) {
        trace.seen.add(keyOf(span));
        history.add(operationSpanOf(span));
        recent.add(span);
      }
      live.touch(trace, fresh.length, now());
    });
    retention.note(summaries.map(({ summary, before }) => ({ summary, before })));
    live.settleIdle(now());
    if (now() - savedMs >= saveEveryMs) save();
    retention.makeRoom();
    return summaries.map(({ summary }) => summary);
  }

  interface Change {
    readonly trace: LiveTrace;
    readonly fresh: readonly Span[];
    readonly merged: readonly Span[];
  }

  function changesOf(spans: readonly Span[]): Change[] {
    const byTrace = groupByTrace(spans);
    return [...byTrace].flatMap(([traceId, ofTrace]) => {
      const trace = liveTrace(traceId);
      const seen = new Set<string>();
      const fresh = ofTrace.filter((span) => {
        const key = keyOf(span);
        if (trace.seen.has(key) || seen.has(key)) return false;
        seen.add(key);
        return true;
      });
      return fresh.length === 0 ? [] : [{ trace, fresh, merged: inOrderOfStart([...trace.spans, ...fresh]) }];
    });
  }

  /** The trace as it is, taken from the file if it is there only. */
  function liveTrace(traceId: string): LiveTrace {
    const known = live.get(traceId);
    if (known !== undefined) return known;
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    if (row === undefined) return { traceId, tid: undefined, spans: [], seen: new Set(), touchedMs: 0 };
    const tid = Number(row.tid);
    const spans = inOrderOfStart(decodeChunks(tid, traceId));
    if (row.settled === 1) {
      traffic.count(spans, -1); // it is counted again when it has settled again
      newlySettled = newlySettled.filter((other) => other !== tid);
    }
    const trace = { traceId, tid, spans, seen: new Set(spans.map(keyOf)), touchedMs: now() };
    live.touch(trace, spans.length, now());
    return trace;
  }

  function write({ trace, fresh, merged }: Change): { tid: number; summary: TraceSummary; before: number } {
    const summary = summariseTrace(merged);
    const longest = merged.reduce((most, span) => Math.max(most, durationOf(span)), 0);
    const values = [
      names.idOf(summary.serviceName),
      names.idOf(summary.name),
      summary.hasRoot ? 1 : 0,
      summary.startMs,
      summary.durationMs,
      longest,
      summary.spanCount,
      summary.errorCount > 0 ? 1 : 0,
      summary.errorCount,
      JSON.stringify(summary.services.map(({ name, spanCount, errorCount }) => [name, spanCount, errorCount])),
      now(),
    ];
    let { tid } = trace;
    if (tid === undefined) {
      sql.insertTrace.run(Buffer.from(trace.traceId, 'hex'), ...values);
      tid = Number(sql.lastId.get()?.id);
    } else {
      sql.updateTrace.run(...values, tid);
    }
    sql.insertChunk.run(tid, encodeChunk(fresh));
    for (const hash of termHashesOf(fresh)) sql.insertTerm.run(hash, tid);
    for (const span of fresh) if (hasFailed(span)) writeFailure(tid, span);
    return { tid, summary, before: trace.spans.length };
  }

  function writeFailure(tid: number, span: Span): void {
    const { spanId, timeMs, serviceName, name, type, message, frame } = failureOf(span);
    sql.insertFailure.run(tid, spanId, timeMs, names.idOf(serviceName), names.idOf(name), type, message, frame);
  }

  function settle({ tid, spans }: LiveTrace): void {
    if (tid === undefined) return;
    traffic.count(spans);
    newlySettled.push(tid);
  }

  /** Writes down what is counted, and up to where: together, or it would be counted twice. */
  function save(): void {
    const cells = history.takeChanged();
    const flows = traffic.takeChanged();
    const settled = newlySettled;
    newlySettled = [];
    savedMs = now();
    try {
      inTransaction(() => {
        for (const { at, ...cell } of cells) {
          sql.saveCell.run(at, JSON.stringify([cell.serviceName, cell.name, cell.kind]), JSON.stringify(cell));
        }
        for (const flow of flows) sql.saveTraffic.run(flow.at, JSON.stringify(flow.tallies));
        for (const tid of settled) sql.settleTrace.run(tid);
        sql.saveFact.run('counted-chunk', lastChunk());
      });
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error;
      // Counted again from the chunks at the next start, if it is not saved before.
      for (const cell of cells) history.markChanged(cell);
      for (const { at } of flows) traffic.markChanged(at);
      newlySettled.push(...settled);
    }
  }

  function lastChunk(): number {
    return Number(driver.prepare('SELECT max(cid) AS cid FROM chunks').get()?.cid ?? 0);
  }

  /** Brings back what was counted, and counts what was not. */
  function restore(): void {
    for (const { at, data } of driver.prepare('SELECT at, data FROM cells').all()) {
      history.load({ at: Number(at), ...(JSON.parse(String(data)) as Omit<SavedCell, 'at'>) }); // save() wrote it
    }
    for (const { at, data } of driver.prepare('SELECT at, data FROM traffic').all()) {
      traffic.load({ at: Number(at), tallies: JSON.parse(String(data)) as SavedTraffic['tallies'] }); // as above
    }
    const counted = Number(driver.prepare("SELECT value FROM facts WHERE key = 'counted-chunk'").get()?.value ?? 0);
    const uncounted = driver.prepare(
      'SELECT hex(t.trace_id) AS traceId, c.data FROM chunks c JOIN traces t ON t.tid = c.tid WHERE c.cid > ?',
    );
    for (const { traceId, data } of uncounted.all(counted)) {
      for (const span of decodeChunk(String(traceId).toLowerCase(), data as Uint8Array))
        history.add(operationSpanOf(span));
    }
    for (const { traceId } of driver.prepare('SELECT hex(trace_id) AS traceId FROM traces WHERE settled = 0').all()) {
      liveTrace(String(traceId).toLowerCase());
    }
    const newest = driver
      .prepare('SELECT tid, hex(trace_id) AS traceId FROM traces ORDER BY start DESC LIMIT 500')
      .all();
    for (const { tid, traceId } of newest.toReversed()) {
      for (const span of decodeChunks(Number(tid), String(traceId).toLowerCase())) recent.add(span);
    }
  }

  function readSpans(tid: number, traceId: string): readonly Span[] {
    return live.get(traceId)?.spans ?? inOrderOfStart(decodeChunks(tid, traceId));
  }

  function decodeChunks(tid: number, traceId: string): Span[] {
    return sql.chunksOf.all(tid).flatMap(({ data }) => decodeChunk(traceId, data as Uint8Array)); // BLOB NOT NULL
  }

  function forget(tid: number, traceId: string): void {
    live.remove(traceId);
    newlySettled = newlySettled.filter((other) => other !== tid);
  }

  function inTransaction<Result>(work: () => Result): Result {
    try {
      sql.begin.run();
      const result = work();
      sql.commit.run();
      names.keepNew();
      return result;
    } catch (error) {
      names.forgetNew();
      try {
        sql.rollback.run();
      } catch {
        // SQLite has done that itself where the disk is full
      }
      throw storeProblem(error, path);
    }
  }

  /** The dictionary: a few hundred texts in a hundred thousand rows. */
  function createNames() {
    const ids = new Map<string, number>();
    const texts = new Map<number, string>();
    let isNew: string[] = [];
    const remember = (text: string, id: number): number => {
      if (ids.size >= 50_000) ids.clear(); // somebody puts ids into names
      ids.set(text, id);
      return id;
    };
    return {
      idOf(text: string): number {
        const known = ids.get(text);
        if (known !== undefined) return known;
        const row = sql.findName.get(text);
        if (row !== undefined) return remember(text, Number(row.id));
        sql.insertName.run(text);
        isNew.push(text);
        return remember(text, Number(sql.lastId.get()?.id));
      },
      textOf(id: number): string {
        let text = texts.get(id);
        if (text === undefined) {
          text = String(sql.nameById.get(id)?.text ?? '');
          if (texts.size >= 50_000) texts.clear();
          texts.set(id, text);
        }
        return text;
      },
      /** After a transaction that came to nothing, none of its names is in the file. */
      forgetNew(): void {
        for (const text of isNew) ids.delete(text);
        isNew = [];
        texts.clear();
      },
      keepNew(): void {
        isNew = [];
      },
      clear(): void {
        ids.clear();
        texts.clear();
      },
    };
  }

  function rangeOf({ startMs, endMs }: { startMs?: number | undefined; endMs?: number | undefined }) {
    const known = history.range();
    return { startMs: startMs ?? known?.startMs ?? now(), endMs: endMs ?? Math.max(known?.endMs ?? 0, now()) };
  }

  return {
    add,
    ...search,
    spans(traceId) {
      const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
      return row === undefined ? [] : readSpans(Number(row.tid), traceId);
    },
    history: (span) => history.history(operationSpanOf(span)),
    operations(request) {
      const { startMs, endMs } = rangeOf(request);
      return history.summarise(startMs, endMs, request.service);
    },
    median: (operation) =>
      recent.median(operation, (traceId) => sql.findTrace.get(Buffer.from(traceId, 'hex')) !== undefined),
    map(request) {
      const { startMs, endMs } = rangeOf(request);
      const unsettled = createTraffic();
      for (const { spans } of live.all()) unsettled.count(spans);
      return traffic.map(startMs, endMs, unsettled);
    },
    errors({ startMs = Number.MIN_SAFE_INTEGER, endMs = Number.MAX_SAFE_INTEGER }) {
      const rows = sql.failures.all(startMs, endMs);
      return groupErrors(
        rows.map(({ traceId, spanId, timeMs, serviceName, name, type, message, frame }) => ({
          traceId: String(traceId).toLowerCase(),
          spanId: String(spanId),
          timeMs: Number(timeMs),
          serviceName: String(serviceName),
          name: String(name),
          type: String(type),
          message: String(message),
          frame: String(frame),
        })),
      );
    },
    services: () => history.services(),
    counts: () => ({ kind: 'sqlite', path, driver: driver.name, ...retention.counts(), limits }),
    clear() {
      inTransaction(() => {
        for (const table of ['traces', 'chunks', 'terms', 'failures', 'cells', 'traffic', 'facts', 'names']) {
          driver.exec(`DELETE FROM ${table}`);
        }
      });
      names.forgetNew();
      names.clear();
      for (const part of [history, traffic, recent, live]) part.clear();
      newlySettled = [];
      retention.reset();
    },
    close() {
      for (const trace of live.all()) settle(trace);
      live.clear();
      save();
      database.close();
    },
  };
}

function groupByTrace(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans) {
    const trace = traces.get(span.traceId);
    if (trace === undefined) traces.set(span.traceId, [span]);
    else trace.push(span);
  }
  return traces;
}

function operationSpanOf(span: Span): OperationSpan {
  return {
    serviceName: span.resource.serviceName,
    name: span.name,
    kind: span.kind,
    startMs: nanoToUnixMs(span.startTimeUnixNano),
    durationMs: durationOf(span),
    hasFailed: hasFailed(span),
  };
}

function durationOf({ startTimeUnixNano, endTimeUnixNano }: Span): number {
  return msBetween(startTimeUnixNano, endTimeUnixNano);
}
