/**
 * Reads and writes the spans of each trace in chunks, one for each batch with spans of it. A large trace is read chunk
 * by chunk, so that it need not be in memory as a whole.
 */
import type { Span } from '../../model/span.ts';
import { encodeChunk, inflateChunk, readChunk } from './chunk-codec.ts';
import type { Driver } from './driver.ts';

// A chunk's id is the trace's id and the chunk's number in it: the chunks of a trace are next to each other, and need
// no index.
export const chunksPerTrace: number = 2 ** 20;

// Chunks of a large trace that are read at a time.
const chunksAtOnce = 16;

// Characters of searched chunks that are kept in memory, to read their spans from them.
const maxHeldLength = 8_000_000;

function chunkRange(tid: number): [number, number] {
  return [tid * chunksPerTrace, (tid + 1) * chunksPerTrace];
}

export interface ChunkReads {
  /**
   * The spans of a trace in order of arrival, batch by batch.
   *
   * @param texts Strings in lower case. If the trace does not contain all of them, no spans are read.
   */
  spans(tid: number, traceId: string, texts?: readonly string[]): Iterable<readonly Span[]>;
  /** The chunks of a trace from the given number on. */
  from(tid: number, traceId: string, number: number): Iterable<NumberedChunk>;
  /** The number of a trace's last chunk; `undefined` if it has none. */
  lastNumber(tid: number): number | undefined;
}

export interface NumberedChunk {
  readonly number: number;
  readonly spans: readonly Span[];
}

/** @param giveWay Called between two chunks, when no statement is open. */
export function createChunkReads(driver: Driver, giveWay: () => void): ChunkReads {
  const sql = {
    chunksOf: driver.prepare(
      `SELECT cid, data FROM chunks WHERE cid >= ? AND cid < ? ORDER BY cid LIMIT ${chunksAtOnce}`,
    ),
    lastChunk: driver.prepare('SELECT max(cid) AS cid FROM chunks WHERE cid >= ? AND cid < ?'),
  };

  function* spans(tid: number, traceId: string, texts: readonly string[] = []): Iterable<readonly Span[]> {
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
    else yield* spans(tid, traceId);
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

  return {
    spans,
    *from(tid, traceId, number) {
      const [first, end] = chunkRange(tid);
      for (const { cid, text } of inflateChunks(first + number, end)) {
        yield { number: cid - first, spans: readChunk(traceId, text) };
      }
    },
    lastNumber(tid) {
      const [first, end] = chunkRange(tid);
      const last = sql.lastChunk.get(first, end)?.cid;
      return typeof last === 'number' ? last - first : undefined;
    },
  };
}

export interface ChunkWrites {
  /** @param number The number of chunks that the trace had before. */
  write(trace: { readonly tid: number; readonly traceId: string }, number: number, spans: readonly Span[]): void;
  remove(tid: number): void;
}

export function createChunkWrites(driver: Driver): ChunkWrites {
  const sql = {
    writeChunk: driver.prepare('INSERT INTO chunks (cid, data) VALUES (?, ?)'),
    readChunk: driver.prepare('SELECT data FROM chunks WHERE cid = ?'),
    rewriteChunk: driver.prepare('UPDATE chunks SET data = ? WHERE cid = ?'),
    deleteChunks: driver.prepare('DELETE FROM chunks WHERE cid >= ? AND cid < ?'),
  };

  return {
    /**
     * A trace with the maximum number of chunks gets no new one, since its id would be the next trace's. Its chunks
     * then grow in turn.
     */
    write({ tid, traceId }, number, spans) {
      const cid = tid * chunksPerTrace + (number % chunksPerTrace);
      if (number < chunksPerTrace) {
        sql.writeChunk.run(cid, encodeChunk(spans));
        return;
      }
      const data = sql.readChunk.get(cid)?.data;
      if (data === undefined) sql.writeChunk.run(cid, encodeChunk(spans));
      else {
        const there = readChunk(traceId, inflateChunk(data as Uint8Array)); // BLOB NOT NULL
        sql.rewriteChunk.run(encodeChunk([...there, ...spans]), cid);
      }
    },
    remove(tid) {
      sql.deleteChunks.run(...chunkRange(tid));
    },
  };
}
