import { paintMinimap, toPixel } from '../src/trace/minimap-pixels.ts';
import type { TraceModel } from '../src/trace/trace-model.ts';
import { modelOf, spanNamed } from './model-of.ts';

/** The picture as lines, with one letter per pixel. */
function paint(model: TraceModel, width: number, height: number, isMatch?: Uint8Array): string[] {
  const pixels = new Uint32Array(width * height);
  const input = {
    model,
    startMs: model.startMs,
    wholeStartMs: 0,
    wholeEndMs: 10,
    firstRow: 0,
    endRow: model.tree.nodes.length,
    isMatch,
  };
  paintMinimap(pixels, width, height, input, { services: [1, 2], error: 3, match: 4, faded: 5 });
  return Array.from({ length: height }, (_, y) =>
    [...pixels.subarray(y * width, (y + 1) * width)].map((pixel) => '.abEM-'[pixel]).join(''),
  );
}

const model = modelOf('a server root 0-10\n  b server inner 2-6\n  a internal failed 8-8 !');

test('paints rows from top to bottom, each at its time', () => {
  expect(paint(model, 10, 3)).toEqual(['aaaaaaaaaa', '..bbbb....', '.......EEE']);
});

test('paints more rows than pixels, with errors on top', () => {
  expect(paint(model, 10, 1)).toEqual(['aabbbbaEEE']);
});

test('highlights matches, and fades other spans', () => {
  const isMatch = new Uint8Array(3);
  isMatch[spanNamed(model, 'inner')] = 1;
  expect(paint(model, 10, 3, isMatch)).toEqual(['----------', '..MMMM....', '.......EEE']);
});

test('converts a CSS colour to a pixel', () => {
  expect(toPixel('rgb(1, 2, 3)').toString(16)).toBe('ff030201');
});
