/**
 * What is found without reading spans: terms, durations by operation, failures, counts over time. All of it follows from the
 * spans, so that what was written for a trace can be taken out again when the trace goes.
 */
import type { Span } from '../../model/span.ts';
import { failureOf } from '../answers/group-errors.ts';
import { factsOf, hasFailed, measuredMs, type SpanFacts } from '../span-facts.ts';
import { mapSeriesOf, measurementOf, operationOf } from '../span-series.ts';
import type { Timeline } from '../timeline/timeline.ts';
import type { Driver } from './driver.ts';
import { termHashesOf } from './index-terms.ts';
import type { Names } from './names.ts';
import type { OpenTrace } from './open-traces.ts';

export interface IndexRows {
  /** @param facts Of the spans, in their order. The trace has them already. */
  add(trace: OpenTrace, spans: readonly Span[], facts: readonly SpanFacts[]): void;
  /** @param spans All of the trace. */
  remove(tid: number, spans: readonly Span[]): void;
}

export interface Timelines {
  readonly operations: Timeline;
  readonly map: Timeline;
}

export function createIndexRows(driver: Driver, names: Names, timelines: Timelines): IndexRows {
  const sql = {
    insertTerm: driver.prepare('INSERT OR IGNORE INTO terms (hash, tid) VALUES (?, ?)'),
    deleteTerm: driver.prepare('DELETE FROM terms WHERE hash = ? AND tid = ?'),
    insertDuration: driver.prepare(
      'INSERT OR IGNORE INTO durations (operation, start, tid, number, duration) VALUES (?, ?, ?, ?, ?)',
    ),
    deleteDurations: driver.prepare('DELETE FROM durations WHERE operation = ? AND start = ? AND tid = ?'),
    insertFailure: driver.prepare(
      'INSERT INTO failures (tid, span_id, time, service, name, type, message, frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    deleteFailures: driver.prepare('DELETE FROM failures WHERE tid = ?'),
  };

  function noteMap(mapSeries: OpenTrace['mapSeries'], sign: 1 | -1): void {
    for (const [fact, all] of mapSeries)
      for (const series of all) timelines.map.note(measurementOf(fact, series), sign);
  }

  return {
    add(trace, spans, facts) {
      const { tid, terms } = trace;
      for (const hash of termHashesOf(spans)) {
        if (terms.has(hash)) continue;
        terms.add(hash);
        sql.insertTerm.run(hash, tid);
      }
      let number = trace.spans.length - facts.length;
      for (const fact of facts) {
        const operation = operationOf(fact);
        timelines.operations.note(measurementOf(fact, operation), 1);
        const durationMs = measuredMs(fact.durationMs);
        if (durationMs !== undefined) {
          sql.insertDuration.run(names.idOf(operation), fact.startMs, tid, number, durationMs);
        }
        number++;
      }
      for (const span of spans) {
        if (!hasFailed(span)) continue;
        const { spanId, timeMs, serviceName, name, type, message, frame } = failureOf(span);
        sql.insertFailure.run(tid, spanId, timeMs, names.idOf(serviceName), names.idOf(name), type, message, frame);
      }
      // A parent that comes late changes what its children are.
      noteMap(trace.mapSeries, -1);
      const series = mapSeriesOf(trace.spans);
      trace.mapSeries = trace.spans.flatMap((fact, index) => {
        const own = series[index] ?? [];
        return own.length === 0 ? [] : [[fact, own] as const];
      });
      noteMap(trace.mapSeries, 1);
    },

    remove(tid, spans) {
      for (const hash of termHashesOf(spans)) sql.deleteTerm.run(hash, tid);
      const facts = spans.map(factsOf);
      for (const fact of facts) {
        const operation = operationOf(fact);
        timelines.operations.note(measurementOf(fact, operation), -1);
        sql.deleteDurations.run(names.idOf(operation), fact.startMs, tid);
      }
      if (spans.some(hasFailed)) sql.deleteFailures.run(tid);
      const series = mapSeriesOf(facts);
      noteMap(
        facts.map((fact, index) => [fact, series[index] ?? []] as const),
        -1,
      );
    },
  };
}
