/** What a file is asked, on any connection to it: on that of the store, and on those of readers beside it. */
import { inOrderOfStart } from '../../analysis/to-outline.ts';
import type { Span } from '../../model/span.ts';
import { type ClosedRange, closeRange, earliestPlausibleMs } from '../closed-range.ts';
import { createTimeline, type Timelines } from '../timeline/timeline.ts';
import type { TimeRange, TracePart, TraceReader, TraceReads } from '../trace-store.ts';
import { createAnswers } from './answers.ts';
import { inflateChunk, readChunk } from './chunk-codec.ts';
import type { Driver } from './driver.ts';
import { createSearch } from './search.ts';
import type { SeriesNames } from './series-names.ts';
import { createSqliteSlots } from './sqlite-slots.ts';

export interface ReadParts {
  readonly driver: Driver;
  readonly names: SeriesNames;
  readonly maxSearchMs: number;
  now(): number;
  /** Called between two steps of a read, where no statement is open. */
  giveWay(): void;
}

export interface SqliteReads {
  readonly reads: TraceReads;
  readonly timelines: Timelines;
  /**
   * The spans of a trace as they came, batch by batch, so that a large trace need not be in memory as a whole.
   *
   * @param texts In lower case. If the trace has not all of them, there are no spans.
   */
  readChunks(tid: number, traceId: string, texts?: readonly string[]): Iterable<readonly Span[]>;
  firstStart(notBeforeMs: number): number | undefined;
}

// A chunk's id is that of its trace, and its number in it: chunks of a trace lie side by side, and need no index.
export const chunksPerTrace: number = 2 ** 20;

// Chunks of a large trace are read so many at a time.
const chunksAtOnce = 16;

// Characters of chunks that were searched for texts, and are kept for reading their spans.
const maxHeldLength = 8_000_000;

export function chunkRange(tid: number): [number, number] {
  return [tid * chunksPerTrace, (tid + 1) * chunksPerTrace];
}

export function createReads({ driver, names, maxSearchMs, now, giveWay }: ReadParts): SqliteReads {
  const timelines = {
    operations: createTimeline(createSqliteSlots(driver, names, 'operation_slots')),
    map: createTimeline(createSqliteSlots(driver, names, 'map_slots')),
  };
  const sql = {
    findTrace: driver.prepare('SELECT tid, spans FROM traces WHERE trace_id = ?'),
    chunksOf: driver.prepare(
      `SELECT cid, data FROM chunks WHERE cid >= ? AND cid < ? ORDER BY cid LIMIT ${chunksAtOnce}`,
    ),
    services: driver.prepare('SELECT name FROM services WHERE spans > 0 AND id > 0 ORDER BY name'),
    lastChunk: driver.prepare('SELECT max(cid) AS cid FROM chunks WHERE cid >= ? AND cid < ?'),
    firstStart: driver.prepare('SELECT min(start) AS start FROM traces WHERE start >= ?'),
  };

  function* readChunks(tid: number, traceId: string, texts: readonly string[] = []): Iterable<readonly Span[]> {
    if (texts.length === 0) {
      for (const { text } of inflateChunks(...chunkRange(tid))) yield readChunk(traceId, text);
      return;
    }
    const missing = new Set(texts);
    const held: string[] = [];
    let length = 0;
    for (const { text: chunk } of inflateChunks(...chunkRange(tid))) {
      const lower = chunk.toLowerCase();
      for (const text of missing) if (lower.includes(text)) missing.delete(text);
      length += chunk.length;
      if (length <= maxHeldLength) held.push(chunk);
      else if (missing.size === 0) break;
    }
    if (missing.size > 0) return;
    if (length <= maxHeldLength) for (const chunk of held) yield readChunk(traceId, chunk);
    else yield* readChunks(tid, traceId);
  }

  function* inflateChunks(first: number, end: number): Iterable<{ readonly cid: number; readonly text: string }> {
    for (let from = first; ; ) {
      const rows = sql.chunksOf.all(from, end);
      for (const { cid, data } of rows) {
        giveWay();
        yield { cid: Number(cid), text: inflateChunk(data as Uint8Array) }; // BLOB NOT NULL
      }
      if (rows.length < chunksAtOnce) return;
      from = Number(rows.at(-1)?.cid) + 1;
    }
  }

  function reader(traceId: string): TraceReader | undefined {
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    if (row === undefined) return undefined;
    const [first, end] = chunkRange(Number(row.tid));
    function* parts(from = 0): Iterable<TracePart> {
      for (const { cid, text } of inflateChunks(first + from, end)) {
        yield { spans: readChunk(traceId, text), next: cid - first + 1 };
      }
    }
    return {
      spanCount: Number(row.spans),
      parts,
      lastPart() {
        const last = sql.lastChunk.get(first, end)?.cid;
        const [part] = typeof last === 'number' ? parts(last - first) : [];
        return part ?? { spans: [], next: 0 };
      },
    };
  }

  function firstStart(notBeforeMs: number): number | undefined {
    const start = sql.firstStart.get(notBeforeMs)?.start;
    return start === null || start === undefined ? undefined : Number(start);
  }

  /** The range that is meant where an end is open. */
  function closed(range: TimeRange): ClosedRange {
    return closeRange(range, firstStart(earliestPlausibleMs), now());
  }

  function tidOf(traceId: string): number | undefined {
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    return row && Number(row.tid);
  }

  const maxReachingMs = 5 * maxSearchMs; // it has no second page
  const answers = createAnswers({ driver, timelines, readChunks, tidOf, rangeOf: closed, maxReachingMs, giveWay });
  const search = createSearch({ driver, readChunks, rangeOf: closed, maxSearchMs, giveWay });

  return {
    reads: {
      ...search,
      ...answers,
      reader,
      spans(traceId) {
        const tid = tidOf(traceId);
        return tid === undefined ? [] : inOrderOfStart([...readChunks(tid, traceId)].flat());
      },
      services: () => sql.services.all().map(({ name }) => String(name)),
    },
    timelines,
    readChunks,
    firstStart,
  };
}
