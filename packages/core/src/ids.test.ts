import {
  beginRead,
  putWord,
  randomWord,
  readByteOfBytes,
  readFailed,
  readId,
  readWord,
  readWordOfBytes,
  spanIdToHex,
  traceIdToHex,
} from './ids.ts';

test('writes words as lower-case hex, most significant first, zeros and negative words included', () => {
  expect(spanIdToHex(0x00f067aa, 0x0ba902b7)).toBe('00f067aa0ba902b7');
  expect(spanIdToHex(-1, 1)).toBe('ffffffff00000001');
  expect(traceIdToHex(0x4bf92f35, 0x77b34da6, 0xa3ce929d | 0, 0x0e0e4736)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(traceIdToHex(0, -(2 ** 31), 0, -1)).toBe('000000008000000000000000ffffffff');
});

test('reads the words that were written', () => {
  const bytes = Buffer.alloc(9);
  for (const word of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x12345678, ...Array.from({ length: 100 }, randomWord)]) {
    beginRead();
    expect(readWord(`x${spanIdToHex(word, 0)}`, 1)).toBe(word);
    putWord(bytes, 1, word);
    expect(bytes.toString('latin1', 1)).toBe(spanIdToHex(word, 0).slice(0, 8));
    expect(readWordOfBytes(bytes, 1)).toBe(word);
    expect(readFailed()).toBe(false);
  }
});

test('reads two digits', () => {
  beginRead();
  for (let byte = 0; byte <= 0xff; byte++) {
    expect(readByteOfBytes(Buffer.from(`x${byte.toString(16).padStart(2, '0')}`), 1)).toBe(byte);
  }
  expect(readFailed()).toBe(false);
});

test('notices every character that is no lower-case hex digit, and the end of the text', () => {
  for (let code = 0; code <= 0x17f; code++) {
    const character = String.fromCharCode(code);
    const isBad = !/[0-9a-f]/.test(character);
    beginRead();
    readWord(`0123${character}567`, 0);
    expect([code, readFailed()]).toEqual([code, isBad]);
    if (code > 255) continue;
    beginRead();
    readByteOfBytes(Buffer.from([48, code]), 0);
    expect([code, readFailed()]).toEqual([code, isBad]);
  }
  beginRead();
  readWord('0123456', 0);
  expect(readFailed()).toBe(true);
});

describe('an id given as text', () => {
  test('is read where it is whole', () => {
    expect(readId('00f067aa0ba902b7', 16)).toEqual([0x00f067aa, 0x0ba902b7]);
    expect(readId('0000000000000000000000000000000f', 32)).toEqual([0, 0, 0, 15]);
  });

  test.each([
    ['too short', '00f067aa0ba902b'],
    ['too long', '00f067aa0ba902b70'],
    ['in upper case', '00F067AA0BA902B7'],
    ['all zero', '0000000000000000'],
    ['no hex', '00f067aa0ba902bg'],
    ['empty', ''],
    ['a number', 5],
    ['absent', undefined],
    ['an array of the right length', Array.from('00f067aa0ba902b7')],
  ])('is not read where it is %s', (_, text) => {
    expect(readId(text, 16)).toBeUndefined();
  });
});

test('makes words that are signed, 32 bits wide, evenly spread in every bit, and hardly ever the same', () => {
  const count = 20_000; // several fillings of the pool
  const ones = new Array<number>(32).fill(0);
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const word = randomWord();
    expect(word | 0).toBe(word);
    seen.add(word);
    for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] ?? 0) + ((word >>> bit) & 1);
  }
  // The standard deviation is sqrt(count) / 2 = 71: ten of them, for each bit.
  for (const one of ones) expect(Math.abs(one - count / 2)).toBeLessThan(710);
  expect(seen.size).toBeGreaterThan(count - 20);
});
