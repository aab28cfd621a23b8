/**
 * Holds encoded spans until they are sent: an open-ended sequence of bytes, in blocks.
 *
 * A single growing buffer would be copied whole each time it grows, inside some request's `end()`. With blocks, only the item
 * that is being written moves. Chunks lie one after the other in a block, so a chunk of one span holds no more memory than it has
 * bytes.
 */

// The first block is small, since a scope may have few spans. The largest holds about a hundred spans. Above malloc's threshold each block
// would come from the system as pages that are not mapped yet.
const [firstBlockBytes, largestBlockBytes] = [4 * 1024, 64 * 1024];

/** Thrown while an item is written that is larger than allowed. A symbol, since a stack would not help. */
export const itemTooLarge: unique symbol = Symbol('item too large');

/** Writers of formats put bytes at `position` of `bytes`, after `reserve()`, and move `position` on. */
export class ByteWriter {
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  /** Where the current item begins. `reserve()` may move it, so remember places as distances from it. */
  itemStart = 0;
  private chunkStart = 0;
  private parts: Buffer[] = [];
  private blockBytes = firstBlockBytes;
  private readonly maxItemBytes: number;

  constructor(maxItemBytes: number) {
    this.maxItemBytes = maxItemBytes;
  }

  /** Makes room for `byteCount` more bytes. The item may move to another buffer: read `bytes` and `position` after the call. */
  reserve(byteCount: number): void {
    if (this.position + byteCount > this.bytes.length) this.moveItem(byteCount);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** Begins an item. `dropItem()` does not touch what was written before. */
  beginItem(): void {
    this.itemStart = this.position;
  }

  /** Removes what was written since `beginItem()`. */
  dropItem(): void {
    this.position = this.itemStart;
  }

  /** Returns all bytes since the last call, in order. */
  takeChunk(): Buffer[] {
    const chunk = this.parts;
    this.parts = [];
    if (this.position > this.chunkStart) chunk.push(this.bytes.subarray(this.chunkStart, this.position));
    this.chunkStart = this.position;
    return chunk;
  }

  private moveItem(byteCount: number): void {
    const written = this.position - this.itemStart;
    const needed = written + byteCount;
    if (needed > this.maxItemBytes) throw itemTooLarge;
    if (this.itemStart > this.chunkStart) this.parts.push(this.bytes.subarray(this.chunkStart, this.itemStart));
    // Twice what is needed: an item of many small pieces would otherwise move with each piece.
    const next = Buffer.allocUnsafeSlow(Math.max(this.blockBytes, needed * 2));
    this.blockBytes = Math.min(this.blockBytes * 4, largestBlockBytes);
    this.bytes.copy(next, 0, this.itemStart, this.position);
    this.bytes = next;
    this.chunkStart = 0;
    this.itemStart = 0;
    this.position = written;
  }
}
