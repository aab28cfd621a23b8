import { PassThrough } from 'node:stream';
import { createBodyReader } from './read-body.ts';

function streamOf(...chunks: string[]): PassThrough {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  return stream.end();
}

test('a body of the most bytes is read, one more is refused', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 100 });
  const body = await read(streamOf('ab', 'cd'), undefined, 4);
  expect(body.bytes.toString()).toBe('abcd');
  await expect(read(streamOf('ab', 'cde'), undefined, 4)).rejects.toMatchObject({ status: 413 });
});

test('a body that says that it is too large is refused before it has come', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 100 });
  await expect(read(new PassThrough(), 5, 4)).rejects.toMatchObject({ status: 413 });
});

test('all bodies together are bounded until they are released, once each', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 10 });
  const first = await read(streamOf('abcdef'), undefined, 10);
  await read(streamOf('abcd'), undefined, 10);
  await expect(read(streamOf('a'), undefined, 10)).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 });
  first.release();
  first.release();
  await read(streamOf('abcdef'), undefined, 10);
  await expect(read(streamOf('a'), undefined, 10)).rejects.toMatchObject({ status: 503 });
});

test('what was refused or broke off in the middle holds nothing', async () => {
  const { read } = createBodyReader({ maxHeldBytes: 10 });
  await expect(read(streamOf('abcde', 'f'), undefined, 5)).rejects.toMatchObject({ status: 413 });
  const broken = new PassThrough();
  broken.write('abcdef');
  setImmediate(() => broken.destroy(new Error('reset')));
  await expect(read(broken, undefined, 10)).rejects.toThrow('reset');
  expect((await read(streamOf('abcdefghij'), undefined, 10)).bytes.length).toBe(10);
});
