/** Adds the spans of an earlier layout to the current tables, as if they arrived again. */
import type { Span } from '../../model/span.ts';
import { inflateChunk, readChunk } from './chunk-codec.ts';
import type { Driver } from './driver.ts';
import type { SpansSetAside } from './layout-steps.ts';

const chunksPerBatch = 200;

/** @param write Stores spans in the transaction that is open. */
export function restoreSpans(driver: Driver, setAside: SpansSetAside, write: (spans: readonly Span[]) => void): void {
  const keepAge = driver.prepare('UPDATE traces SET added = ? WHERE trace_id = ?');
  let lastId = -1;
  for (;;) {
    const chunks = setAside.after(lastId, chunksPerBatch);
    const last = chunks.at(-1);
    if (last === undefined) return;
    lastId = last.id;
    write(chunks.flatMap(({ traceId, data }) => readChunk(traceId, inflateChunk(data))));
    for (const { traceId, addedMs } of chunks) keepAge.run(addedMs, Buffer.from(traceId, 'hex'));
  }
}
