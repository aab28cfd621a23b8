/** The reads of a file, on any connection to it: the store's own, and those of the reader threads. */
import { inOrderOfStart } from '../../analysis/to-outline.ts';
import { type ClosedRange, closeRange, earliestPlausibleMs } from '../closed-range.ts';
import { createTimeline, type Timelines } from '../timeline/timeline.ts';
import type { TimeRange, TracePart, TraceReader, TraceReads } from '../trace-store.ts';
import { createAnswers } from './answers.ts';
import type { Driver } from './driver.ts';
import { createSearch } from './search.ts';
import type { SeriesNames } from './series-names.ts';
import { createSqliteSlots } from './sqlite-slots.ts';
import { type ChunkReads, createChunkReads } from './trace-chunks.ts';

export interface ReadParts {
  readonly driver: Driver;
  readonly names: SeriesNames;
  readonly maxSearchMs: number;
  now(): number;
  /** Called between two steps of a read, when no statement is open. */
  giveWay(): void;
}

export interface SqliteReads {
  readonly reads: TraceReads;
  readonly timelines: Timelines;
  readonly chunks: ChunkReads;
  firstStart(notBeforeMs: number): number | undefined;
}

export function createReads({ driver, names, maxSearchMs, now, giveWay }: ReadParts): SqliteReads {
  const timelines = {
    operations: createTimeline(createSqliteSlots(driver, names, 'operation_slots')),
    map: createTimeline(createSqliteSlots(driver, names, 'map_slots')),
  };
  const chunks = createChunkReads(driver, giveWay);
  const sql = {
    findTrace: driver.prepare('SELECT tid, spans FROM traces WHERE trace_id = ?'),
    services: driver.prepare('SELECT name FROM services WHERE spans > 0 AND id > 0 ORDER BY name'),
    firstStart: driver.prepare('SELECT min(start) AS start FROM traces WHERE start >= ?'),
  };

  function reader(traceId: string): TraceReader | undefined {
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    if (row === undefined) return undefined;
    const tid = Number(row.tid);
    function* parts(from = 0): Iterable<TracePart> {
      for (const { number, spans } of chunks.from(tid, traceId, from)) yield { spans, next: number + 1 };
    }
    return {
      spanCount: Number(row.spans),
      parts,
      lastPart() {
        const last = chunks.lastNumber(tid);
        const [part] = last === undefined ? [] : parts(last);
        return part ?? { spans: [], next: 0 };
      },
    };
  }

  function firstStart(notBeforeMs: number): number | undefined {
    const start = sql.firstStart.get(notBeforeMs)?.start;
    return start === null || start === undefined ? undefined : Number(start);
  }

  /** Closes a range with an open end. */
  function closed(range: TimeRange): ClosedRange {
    return closeRange(range, firstStart(earliestPlausibleMs), now());
  }

  function tidOf(traceId: string): number | undefined {
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    return row && Number(row.tid);
  }

  const maxReachingMs = 5 * maxSearchMs; // these answers have no second page
  const answers = createAnswers({
    driver,
    timelines,
    readChunks: chunks.spans,
    tidOf,
    rangeOf: closed,
    maxReachingMs,
    giveWay,
  });
  const search = createSearch({ driver, readChunks: chunks.spans, rangeOf: closed, maxSearchMs, giveWay });

  return {
    reads: {
      ...search,
      ...answers,
      reader,
      spans(traceId) {
        const tid = tidOf(traceId);
        return tid === undefined ? [] : inOrderOfStart([...chunks.spans(tid, traceId)].flat());
      },
      services: () => sql.services.all().map(({ name }) => String(name)),
    },
    timelines,
    chunks,
    firstStart,
  };
}
