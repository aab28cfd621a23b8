/** Answers questions about operations, services and failures from the indexes and counts that index-rows.ts keeps. */
import { spanKinds } from '../../analysis/outline.ts';
import type { Span } from '../../model/span.ts';
import { drawMap } from '../answers/draw-map.ts';
import { type Failure, groupErrors, maxFailures } from '../answers/group-errors.ts';
import { rankDuration } from '../answers/rank-duration.ts';
import { summariseOperations } from '../answers/summarise-operations.ts';
import type { ClosedRange } from '../closed-range.ts';
import { hashOfString } from '../hash-of-string.ts';
import { keepNewest } from '../keep-newest.ts';
import { maxHistory } from '../read-limits.ts';
import { factsOf, measuredMs } from '../span-facts.ts';
import { operationOf, textOfSeries } from '../span-series.ts';
import { namedTotals } from '../timeline/named-totals.ts';
import type { Timelines } from '../timeline/timeline.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { TimeRange, TraceStore } from '../trace-store.ts';
import type { Driver, Row } from './driver.ts';
import { createReachingTraces } from './reaching-traces.ts';
import { extentOf, traceIdOf } from './trace-row.ts';

export interface AnswerParts {
  readonly driver: Driver;
  readonly timelines: Timelines;
  /** The spans of a trace in order of arrival. */
  readChunks(tid: number, traceId: string): Iterable<readonly Span[]>;
  tidOf(traceId: string): number | undefined;
  /** Closes a range with an open end. */
  rangeOf(range: TimeRange): ClosedRange;
  /** How long to search traces that reach beyond a range for spans that are in it. */
  readonly maxReachingMs: number;
  /** Called between two steps of an answer. */
  giveWay(): void;
}

// Rows that are read at once: a few milliseconds.
const failuresPerStep = 1000;

// The failures of each are read.
const maxReachingFailed = 5000;

/** A start is a double, which is exact to a quarter of this. */
const endToleranceMs = 0.001;

export type Answers = Pick<TraceStore, 'history' | 'operations' | 'median' | 'map' | 'errors'>;

export function createAnswers({
  driver,
  timelines,
  readChunks,
  tidOf,
  rangeOf,
  maxReachingMs,
  giveWay,
}: AnswerParts): Answers {
  const sql = {
    newestDurations: driver.prepare(
      `SELECT duration FROM durations WHERE operation = ? ORDER BY start DESC LIMIT ${maxHistory}`,
    ),
    newestSpans: driver.prepare(
      `SELECT tid, start, duration FROM durations WHERE operation = ? AND tid <> ? ORDER BY start DESC LIMIT ${maxHistory}`,
    ),
    traceIdOf: driver.prepare('SELECT hex(trace_id) AS traceId FROM traces WHERE tid = ?'),
    failures: driver.prepare(
      `SELECT hex(t.trace_id) AS traceId, f.span_id AS spanId, f.time AS timeMs, f.service, f.name, f.type, f.message, f.frame,
          f.rowid AS number
        FROM failures f JOIN traces t ON t.tid = f.tid WHERE f.time >= ? AND (f.time, f.rowid) < (?, ?)
        ORDER BY f.time DESC, f.rowid DESC LIMIT ${failuresPerStep}`,
    ),
    failuresOf: driver.prepare(
      `SELECT f.span_id AS spanId, f.time AS timeMs, f.service, f.name, f.type, f.message, f.frame FROM failures f
        WHERE f.tid = ? AND (f.time < ? OR f.time > ?) LIMIT ${maxFailures}`,
    ),
  };

  const reaching = createReachingTraces(driver);

  return {
    history(span) {
      const fact = factsOf(span);
      const durationMs = measuredMs(fact.durationMs);
      if (durationMs === undefined) return undefined;
      const rows = sql.newestDurations.all(hashOfString(operationOf(fact)));
      return rankDuration(
        durationMs,
        Float64Array.from(rows, ({ duration }) => Number(duration)),
      );
    },

    operations(request) {
      const range = rangeOf(request);
      return summariseOperations(namedTotals(timelines.operations, range), range, request.service);
    },

    median({ service, name, kind, traceId }) {
      const kinds = kind === undefined ? spanKinds : [kind];
      const leftOut = traceId === undefined ? -1 : (tidOf(traceId) ?? -1);
      const found = kinds.flatMap((one) =>
        sql.newestSpans.all(hashOfString(textOfSeries(['operation', service, name, one])), leftOut),
      );
      found.sort((one, other) => Number(one.duration) - Number(other.duration));
      const middle = found[Math.floor((found.length - 1) / 2)];
      const row = middle && sql.traceIdOf.get(Number(middle.tid));
      if (middle === undefined || row === undefined) return undefined;
      const medianId = String(row.traceId).toLowerCase();
      for (const spans of readChunks(Number(middle.tid), medianId)) {
        for (const span of spans) {
          const { name: ownName, serviceName, startMs, durationMs, spanId } = factsOf(span);
          const isOperation = ownName === name && serviceName === service;
          if (!isOperation || startMs !== middle.start || durationMs !== middle.duration) continue;
          return { traceId: medianId, spanId, durationMs: Number(middle.duration), count: found.length };
        }
      }
      return undefined;
    },

    map(request) {
      const range = rangeOf(request);
      return drawMap(namedTotals(timelines.map, range), range);
    },

    errors(range) {
      const { startMs = -Number.MAX_VALUE, endMs = Number.MAX_VALUE } = range;
      const newest = keepNewest<Failure>(maxFailures);
      let before: readonly [timeMs: number, number: number] = [endMs, Number.MAX_SAFE_INTEGER];
      for (let count = 0; count < maxFailures; count += failuresPerStep) {
        const rows = sql.failures.all(startMs, ...before);
        for (const row of rows) newest.add(failureOfRow(row), Number(row.timeMs));
        const last = rows.at(-1);
        if (last === undefined || rows.length < failuresPerStep) break;
        before = [Number(last.timeMs), Number(last.number)];
        giveWay();
      }
      for (const { tid, traceId = null } of reachingFailed(range)) {
        for (const row of sql.failuresOf.all(Number(tid), startMs, endMs)) {
          newest.add(failureOfRow({ ...row, traceId }), Number(row.timeMs));
        }
        giveWay();
      }
      return groupErrors(newest.read());
    },
  };

  /**
   * Traces with errors that are in the range and reach beyond it. Their errors in the range belong to it. Whether a
   * trace has spans in the range, only its spans say, so they are read one by one while the time lasts.
   */
  function reachingFailed(range: TimeRange): readonly Row[] {
    const deadlineMs = performance.now() + maxReachingMs;
    const seen = new Set<number>();
    const found: Row[] = [];
    for (const [momentMs, isEnd] of [
      [range.startMs, false],
      [range.endMs, true],
    ] as const) {
      if (momentMs === undefined) continue;
      // Traces that start at the end of the range and continue belong to it.
      for (const row of reaching.at(isEnd ? momentMs + endToleranceMs : momentMs)) {
        giveWay();
        if (found.length === maxReachingFailed || performance.now() > deadlineMs) return found;
        const tid = Number(row.tid);
        if (Number(row.errors) === 0 || seen.has(tid)) continue;
        seen.add(tid);
        if (reachesInto(extentOf(row), range) ?? hasSpanIn(readChunks(tid, traceIdOf(row)), range)) found.push(row);
      }
    }
    return found;
  }

  function failureOfRow({ traceId, spanId, timeMs, service, name, type, message, frame }: Row): Failure {
    return {
      traceId: String(traceId).toLowerCase(),
      spanId: String(spanId),
      timeMs: Number(timeMs),
      serviceName: String(service),
      name: String(name),
      type: String(type),
      message: String(message),
      frame: String(frame),
    };
  }
}
