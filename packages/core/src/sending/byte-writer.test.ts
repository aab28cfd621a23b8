import { ByteWriter, itemTooLarge } from './byte-writer.ts';

const blockBytes = 64 * 1024;

function write(writer: ByteWriter, text: string): void {
  writer.beginItem();
  for (const character of text) {
    writer.reserve(1);
    writer.bytes[writer.position++] = character.charCodeAt(0);
  }
}

describe('ByteWriter', () => {
  test('returns items in order, across blocks', () => {
    const writer = new ByteWriter(10 * blockBytes);
    const items = Array.from({ length: 300 }, (_, index) => `${index},`.repeat(1 + ((index * 37) % 200)));
    for (const item of items) write(writer, item);
    const chunk = writer.takeChunk();
    expect(Buffer.concat(chunk).toString()).toBe(items.join(''));
    expect(chunk.length).toBeGreaterThan(1);
  });

  test('returns each byte once', () => {
    const writer = new ByteWriter(blockBytes);
    write(writer, 'first');
    expect(Buffer.concat(writer.takeChunk()).toString()).toBe('first');
    expect(writer.takeChunk()).toEqual([]);
    write(writer, 'second');
    expect(Buffer.concat(writer.takeChunk()).toString()).toBe('second');
  });

  test('does not change the bytes that it has returned', () => {
    const writer = new ByteWriter(blockBytes);
    write(writer, 'first');
    const chunk = writer.takeChunk();
    for (let index = 0; index < 100; index++) write(writer, 'x'.repeat(1000));
    expect(Buffer.concat(chunk).toString()).toBe('first');
  });

  test('puts small chunks one after the other in one block', () => {
    const writer = new ByteWriter(blockBytes);
    write(writer, 'first');
    const [first] = writer.takeChunk();
    write(writer, 'second');
    const [second] = writer.takeChunk();
    expect(second?.buffer).toBe(first?.buffer);
  });

  test('removes a dropped item, even if it has moved to another block', () => {
    const writer = new ByteWriter(10 * blockBytes);
    write(writer, 'kept');
    write(writer, 'x'.repeat(2 * blockBytes));
    writer.dropItem();
    write(writer, ' too');
    expect(Buffer.concat(writer.takeChunk()).toString()).toBe('kept too');
  });

  test('accepts an item of the largest size, and refuses one byte more', () => {
    const writer = new ByteWriter(3 * blockBytes);
    write(writer, 'x'.repeat(3 * blockBytes));
    expect(Buffer.concat(writer.takeChunk()).length).toBe(3 * blockBytes);
    const other = new ByteWriter(3 * blockBytes);
    other.beginItem();
    let thrown: unknown;
    try {
      other.reserve(3 * blockBytes + 1);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(itemTooLarge);
  });

  test('keeps the place of the item when it moves', () => {
    const writer = new ByteWriter(10 * blockBytes);
    write(writer, 'x'.repeat(blockBytes - 3));
    writer.beginItem();
    writer.bytes[writer.position++] = 97;
    const distance = writer.position - writer.itemStart;
    writer.reserve(100);
    expect(writer.position - writer.itemStart).toBe(distance);
    expect(writer.bytes[writer.itemStart]).toBe(97);
  });
});
