/**
 * Where encoded spans are kept until they are sent: an open-ended run of bytes, in blocks.
 *
 * Blocks, because one growing buffer is copied whole each time it grows, inside some request's `end()`. Here no more than
 * the item being written moves. Chunks share a block, one behind the other, so a chunk of one span holds no more memory
 * than it has bytes.
 */

// About a hundred spans. Below malloc's threshold for asking the system for pages, which would come unmapped each time.
const blockBytes = 64 * 1024;

/** Thrown while an item is written that is bigger than allowed. No stack, since it says nothing. */
export const itemTooLarge: unique symbol = Symbol('item too large');

/** Writers of formats put bytes at `position` of `bytes`, after `reserve()`, and move `position` on. */
export class ByteWriter {
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  /** Where the item being written begins. It moves with `reserve()`, so remember places as distances from it. */
  itemStart = 0;
  private chunkStart = 0;
  private parts: Buffer[] = [];
  private readonly maxItemBytes: number;

  constructor(maxItemBytes: number) {
    this.maxItemBytes = maxItemBytes;
  }

  /** Makes room for so many bytes more. The item may move to another buffer: read `bytes` and `position` afterwards. */
  reserve(byteCount: number): void {
    if (this.position + byteCount > this.bytes.length) this.moveItem(byteCount);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** Begins an item. All that was written before stays. */
  beginItem(): void {
    this.itemStart = this.position;
  }

  /** Takes back what was written since `beginItem()`. */
  dropItem(): void {
    this.position = this.itemStart;
  }

  /** Hands over all bytes since the last time, in order. */
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
    // Twice the need of an item that outgrows a block, or one of many small pieces would move at each of them.
    const next = Buffer.allocUnsafeSlow(Math.max(blockBytes, needed * 2));
    this.bytes.copy(next, 0, this.itemStart, this.position);
    this.bytes = next;
    this.chunkStart = 0;
    this.itemStart = 0;
    this.position = written;
  }
}
