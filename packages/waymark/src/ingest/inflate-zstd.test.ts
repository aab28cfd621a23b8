import zlib from 'node:zlib';
import { blockHeader, rawZstd } from '../../test/raw-zstd.ts';
import { inflateByLibrary, inflateFrames } from './inflate-zstd.ts';

type Inflate = typeof inflateByLibrary;
const { zstdDecompressSync, zstdCompressSync } = zlib as {
  readonly zstdDecompressSync?: Inflate;
  readonly zstdCompressSync?: (content: Uint8Array) => Buffer;
};

// Node's own implementation, if there is one.
const inflaters: readonly (readonly [string, Inflate])[] = [
  ['the library', inflateByLibrary],
  ...(zstdDecompressSync === undefined ? [] : [['Node', zstdDecompressSync] as const]),
];

const text = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({ id, name: `GET /users/${id}`, value: 'payload '.repeat(id % 5) })),
);
// Made by Node 24's zstdCompressSync().
const compressed = Buffer.from(
  'KLUv/WBNCE0HAMKHFxxgqdIBs42OLKIUKGeFKYQA/v//y6gg4C1RFMQBg7Zt27Zt27b9/////ydJkiRJkiQdp2kYZlkUJUnaX1E7TIuGIFnjqqkpjh1yUAmJqo4VgAD3nFRohmPIcxHhGIJbqJHwYWP/DFCjjBQeEkAQQBCAgAgggjsCioZGwpBAiiMpyvDXck08SI29UQ6xvM5h+bVmwpw4Um1JLXKzLBbalVpRVPlUMCWliBXlobA+KSe6JocJlSVlKtFN8pEQThOqTin+MwOczn8u3lS/SnZOLjpq8tQ1RT7N7fpfJlXM/Ry1Mf2pAFYF',
  'base64',
);
const header = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);
const skippable = Buffer.of(0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 1);
const mebibyte = 1024 * 1024;

describe.each(inflaters)('by %s', (_, inflate) => {
  const unpack = (body: Uint8Array, most = mebibyte): string =>
    Buffer.from(inflateFrames(body, most, inflate)).toString();

  test('unpacks a frame', () => {
    expect(unpack(compressed)).toBe(text);
    expect(unpack(compressed, text.length)).toBe(text);
  });

  test('unpacks all frames, and skips skippable ones', () => {
    expect(unpack(Buffer.concat([compressed, skippable, rawZstd(Buffer.from('and more'))]))).toBe(`${text}and more`);
    const large = Buffer.alloc(500_000, 'abcdefg');
    expect(unpack(rawZstd(large))).toBe(large.toString());
    expect(unpack(Buffer.alloc(0))).toBe('');
  });

  test('stops at the limit, whether a frame states its size or not', () => {
    const tooLarge = expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' });
    expect(() => unpack(compressed, text.length - 1)).toThrow(tooLarge);
    expect(() => unpack(Buffer.concat([compressed, compressed]), text.length + 1)).toThrow(tooLarge);
    // One byte, repeated 128 Ki times, in four bytes.
    const bomb = Buffer.concat([
      header,
      Buffer.of(0, 0x58),
      ...Array.from({ length: 1000 }, (_, index) =>
        Buffer.concat([blockHeader(0x20000, 1, index === 999), Buffer.of(0x20)]),
      ),
    ]);
    expect(() => unpack(bomb)).toThrow(tooLarge);
    const gigabyte = Buffer.concat([header, Buffer.of(0xa0, 0, 0, 0, 0x40), blockHeader(1, 1, true), Buffer.of(0)]);
    expect(() => unpack(gigabyte)).toThrow(tooLarge);
  });

  test.each([
    ['data in another format', Buffer.from('hello'), 'unknown frame descriptor'],
    ['a frame that is cut off', compressed.subarray(0, -1), 'unexpected end of file'],
    ['a header that is cut off', compressed.subarray(0, 6), 'unexpected end of file'],
    ['data after the frame', Buffer.concat([compressed, Buffer.of(1, 2, 3, 4)]), 'unknown frame descriptor'],
    [
      'a window of a gigabyte, without allocating it',
      Buffer.concat([header, Buffer.of(0, 20 << 3), blockHeader(0, 0, true)]),
      'a window of 1073741824 bytes is larger than 8388608',
    ],
    [
      'a block that is larger than a block may be',
      Buffer.concat([header, Buffer.of(0, 0x58), blockHeader(0x1fffff, 1, true), Buffer.of(0)]),
      'a block of 2097151 bytes is larger than 131072',
    ],
    ['a dictionary', Buffer.concat([header, Buffer.of(1, 0x58, 7), blockHeader(0, 0, true)]), 'it needs a dictionary'],
    [
      'very many frames',
      Buffer.concat(Array.from({ length: 10_001 }, () => rawZstd(Buffer.alloc(0)))),
      'it has more than 10000 frames',
    ],
  ])('refuses %s', (_, body, message) => {
    expect(() => unpack(body)).toThrow(message);
  });

  test('refuses or unpacks each frame with a damaged byte, and stays within the memory limit', () => {
    for (let at = 0; at < compressed.length; at++) {
      const damaged = Buffer.from(compressed);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        expect(unpack(damaged).length).toBeLessThanOrEqual(mebibyte);
      } catch (error) {
        expect(error).toHaveProperty('message');
      }
    }
  });
});

const ifNodeHas = zstdCompressSync === undefined ? test.skip : test;
ifNodeHas('both unpack the same', () => {
  for (let size = 0; size < 400_000; size = size * 3 + 1) {
    const content = Buffer.alloc(size, `${text}${size}`);
    const packed = zstdCompressSync?.(content) ?? Buffer.alloc(0);
    for (const [, inflate] of inflaters) expect(Buffer.from(inflateFrames(packed, mebibyte, inflate))).toEqual(content);
  }
});
