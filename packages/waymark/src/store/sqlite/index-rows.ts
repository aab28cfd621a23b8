/**
 * Keeps what can be read without reading spans: terms, durations by operation, failures, counts over time. All of it
 * follows from the spans, so the rows of a trace can be removed with the trace.
 */
import type { Span } from '../../model/span.ts';
import { createGrowingTrace } from '../growing-trace.ts';
import { hashOfString } from '../hash-of-string.ts';
import { factsOf, measuredMs, type SpanFacts } from '../span-facts.ts';
import { measurementOf, operationOf } from '../span-series.ts';
import type { Timelines } from '../timeline/timeline.ts';
import type { NoteSeries } from '../trace-calls.ts';
import type { Driver } from './driver.ts';
import { termHashesOf } from './index-terms.ts';
import type { OpenTrace } from './open-traces.ts';
import { storedString } from './stored-string.ts';

export interface IndexRows {
  /** @param facts The facts of the spans, in their order. The trace has them already. */
  add(trace: OpenTrace, spans: readonly Span[], facts: readonly SpanFacts[]): void;
  /** Gives a trace that is read again the rows of its failures. */
  findFailures(trace: Pick<OpenTrace, 'tid' | 'growing'>): void;
  /** Counts a change in the map of services. */
  readonly noteMap: NoteSeries;
  /** @param chunks All spans of the trace, in order of arrival. */
  remove(tid: number, traceId: string, chunks: Iterable<readonly Span[]>): void;
}

// A large trace may have a term for each of its spans. Inserting a term twice changes nothing.
const maxTermsInMemory = 10_000;

export function createIndexRows(driver: Driver, timelines: Timelines): IndexRows {
  const sql = {
    insertTerm: driver.prepare('INSERT OR IGNORE INTO terms (hash, tid) VALUES (?, ?)'),
    deleteTerm: driver.prepare('DELETE FROM terms WHERE hash = ? AND tid = ?'),
    insertDuration: driver.prepare(
      'INSERT OR IGNORE INTO durations (operation, start, tid, number, duration) VALUES (?, ?, ?, ?, ?)',
    ),
    deleteDurations: driver.prepare('DELETE FROM durations WHERE operation = ? AND start = ? AND tid = ?'),
    insertFailure: driver.prepare(
      'INSERT INTO failures (tid, span_id, time, service, name, type, message, frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING rowid AS number',
    ),
    deleteFailure: driver.prepare('DELETE FROM failures WHERE rowid = ?'),
    failureRows: driver.prepare(
      'SELECT rowid AS number, span_id AS spanId, time, type, message FROM failures WHERE tid = ?',
    ),
    deleteFailures: driver.prepare('DELETE FROM failures WHERE tid = ?'),
  };

  const noteMap: NoteSeries = (series, span, sign) => timelines.map.note(measurementOf(span, series), sign);

  return {
    add(trace, spans, facts) {
      const { tid, terms } = trace;
      for (const hash of termHashesOf(spans)) {
        if (terms.has(hash)) continue;
        if (terms.size < maxTermsInMemory) terms.add(hash);
        sql.insertTerm.run(hash, tid);
      }
      let number = trace.growing.spanCount() - facts.length;
      for (const fact of facts) {
        const operation = operationOf(fact);
        timelines.operations.note(measurementOf(fact, operation), 1);
        const durationMs = measuredMs(fact.durationMs);
        if (durationMs !== undefined) {
          sql.insertDuration.run(hashOfString(operation), fact.startMs, tid, number, durationMs);
        }
        number++;
      }
      const { added, removed } = trace.growing.takeFailures();
      for (const { row } of removed) if (row !== undefined) sql.deleteFailure.run(row);
      for (const failed of added) {
        const { spanId, timeMs, serviceName, name, type, message, frame } = failed.failure;
        const texts = [serviceName, name, type, message, frame].map(storedString);
        failed.row = Number(sql.insertFailure.get(tid, spanId, timeMs, ...texts)?.number);
      }
    },

    noteMap,

    findFailures({ tid, growing }) {
      const rows = new Map<string, number>();
      for (const { number, spanId, time, type, message } of sql.failureRows.all(tid)) {
        rows.set(JSON.stringify([spanId, time, type, message]), Number(number));
      }
      for (const failed of growing.takeFailures().added) {
        const { spanId, timeMs, type, message } = failed.failure;
        failed.row = rows.get(JSON.stringify([spanId, timeMs, storedString(type), storedString(message)]));
      }
    },

    remove(tid, traceId, chunks) {
      // What was counted depends on the order of arrival, so it is subtracted in the same order.
      const growing = createGrowingTrace(traceId);
      for (const spans of chunks) {
        for (const hash of termHashesOf(spans)) sql.deleteTerm.run(hash, tid);
        for (const span of spans) {
          const fact = factsOf(span);
          const operation = operationOf(fact);
          timelines.operations.note(measurementOf(fact, operation), -1);
          sql.deleteDurations.run(hashOfString(operation), fact.startMs, tid);
          growing.add(fact, (series, part, sign) => noteMap(series, part, sign === 1 ? -1 : 1));
        }
      }
      sql.deleteFailures.run(tid);
    },
  };
}
