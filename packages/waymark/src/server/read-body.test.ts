import { PassThrough } from 'node:stream';
import { createBodyReader } from './read-body.ts';

function streamOf(...chunks: string[]): PassThrough {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  return stream.end();
}

test('a body of the maximum size is read, and one byte more is refused', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 100 });
  const body = await read(streamOf('ab', 'cd'), undefined, 4);
  expect(body.bytes.toString()).toBe('abcd');
  await expect(read(streamOf('ab', 'cde'), undefined, 4)).rejects.toMatchObject({ status: 413 });
});

test('a body with a too large Content-Length is refused before it has arrived', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 100 });
  await expect(read(new PassThrough(), 5, 4)).rejects.toMatchObject({ status: 413 });
});

test('all bodies together are limited until each is released', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 10 });
  const first = await read(streamOf('abcdef'), undefined, 10);
  await read(streamOf('abcd'), undefined, 10);
  await expect(read(streamOf('a'), undefined, 10)).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 });
  first.release();
  first.release();
  await read(streamOf('abcdef'), undefined, 10);
  await expect(read(streamOf('a'), undefined, 10)).rejects.toMatchObject({ status: 503 });
});

test('a body that was refused or broke off holds no memory', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 10 });
  await expect(read(streamOf('abcde', 'f'), undefined, 5)).rejects.toMatchObject({ status: 413 });
  const broken = new PassThrough();
  broken.write('abcdef');
  setImmediate(() => broken.destroy(new Error('reset')));
  await expect(read(broken, undefined, 10)).rejects.toThrow('reset');
  expect((await read(streamOf('abcdefghij'), undefined, 10)).bytes.length).toBe(10);
});

describe('when the memory is full', () => {
  let nowMs = 0;
  const create = () => createBodyReader({ maxHeldBytes: 10, now: () => nowMs });

  test('the oldest slow body is cut off, and a new one is read', async () => {
    const { read } = create();
    nowMs = 0;
    const [first, second] = [new PassThrough(), new PassThrough()];
    const slow = [read(first, undefined, 10), read(second, undefined, 10)];
    first.write('abcde');
    second.write('abcde');
    await settled();
    nowMs = 1000;
    const body = await read(streamOf('abcde'), undefined, 10);
    expect(body.bytes.toString()).toBe('abcde');
    await expect(slow[0]).rejects.toMatchObject({ status: 408, message: expect.stringContaining('too slowly') });
    second.end();
    expect((await slow[1])?.bytes.toString()).toBe('abcde');
  });

  test('a body that has just begun is not cut off', async () => {
    const { read } = create();
    nowMs = 0;
    const stream = new PassThrough();
    const begun = read(stream, undefined, 10);
    stream.write('abcdefgh');
    await settled();
    nowMs = 999;
    await expect(read(streamOf('abcde'), undefined, 10)).rejects.toMatchObject({ status: 503 });
    stream.end();
    expect((await begun).bytes.toString()).toBe('abcdefgh');
  });

  test('a body that still arrives is cut off only if it is slow', async () => {
    const { read } = createBodyReader({ maxHeldBytes: 60_000, now: () => nowMs });
    nowMs = 0;
    const stream = new PassThrough();
    const begun = read(stream, undefined, 60_000);
    stream.write('x'.repeat(50_000));
    await settled();
    nowMs = 2000;
    stream.write('x');
    await settled();
    const other = () => read(streamOf('y'.repeat(20_000)), undefined, 60_000);
    await expect(other()).rejects.toMatchObject({ status: 503 });
    nowMs = 4000; // less than 16 KiB a second
    stream.write('x');
    await settled();
    expect((await other()).bytes.length).toBe(20_000);
    await expect(begun).rejects.toMatchObject({ status: 408 });
  });
});

/** Resolves when the written bytes have been read. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
