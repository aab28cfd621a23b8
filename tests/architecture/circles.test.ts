// A file that takes part in a circle cannot be read, tested or moved without all the others.
import { findCircles, readPublishedNames } from './find-circles.ts';
import { readImportsBelow } from './read-imports.ts';

/** Files whose circles are still to be broken. Take a file out with its circle; add none. */
const knownCircles: readonly string[] = [
  'packages/waymark/src/ingest/decode-spans.ts',
  'packages/waymark/src/ingest/otlp-json.ts',
  'packages/waymark/src/ingest/otlp-protobuf-values.ts',
  'packages/waymark/src/ingest/otlp-protobuf.ts',
  'packages/waymark/src/ingest/span-batch.ts',
  'packages/waymark/src/ingest/zipkin-json.ts',
  'packages/waymark/src/ingest/zipkin-protobuf.ts',
  'packages/waymark/src/ingest/zipkin-v1-json.ts',
  'packages/waymark/src/store/span-series.ts',
  'packages/waymark/src/store/timeline/read-totals.ts',
  'packages/waymark/src/store/timeline/slot-places.ts',
  'packages/waymark/src/store/timeline/timeline.ts',
  'packages/waymark/src/store/sqlite/driver.ts',
  'packages/waymark/src/store/sqlite/node-sqlite-driver.ts',
  'packages/waymark/src/store/sqlite/wasm-driver.ts',
  'packages/waymark/viewer/src/trace/trace-header.tsx',
  'packages/waymark/viewer/src/trace/trace-page.tsx',
  'packages/waymark/viewer/src/trace/use-trace-keys.ts',
];

describe('circles', () => {
  const names = readPublishedNames(['packages/core', 'packages/express', 'packages/fastify', 'packages/waymark']);
  const imports = readImportsBelow(['packages']);

  test('no file of a package reaches itself by imports, type imports included', () => {
    const circles = findCircles(imports, (specifier) => names.get(specifier));
    expect(circles.filter((circle) => !circle.every((file) => knownCircles.includes(file)))).toEqual([]);
  });

  test('published names lead to the files behind them', () => {
    expect(names.get('@waymark/core')).toBe('packages/core/src/index.ts');
    expect(names.get('@waymark/core/http')).toBe('packages/core/src/http/index.ts');
    expect(imports.some(({ specifier }) => names.has(specifier))).toBe(true);
  });
});

describe('a planted circle', () => {
  const chain = [
    { file: 'a/one.ts', specifier: './two.ts' },
    { file: 'a/two.ts', specifier: '../b/three.ts' },
    { file: 'a/two.ts', specifier: 'node:fs' },
  ];

  test.each([
    ['of two files', [...chain, { file: 'a/two.ts', specifier: './one.ts' }], [['a/one.ts', 'a/two.ts']]],
    [
      'across folders',
      [...chain, { file: 'b/three.ts', specifier: '../a/one.ts' }],
      [['a/one.ts', 'a/two.ts', 'b/three.ts']],
    ],
    [
      'through a published name',
      [...chain, { file: 'b/three.ts', specifier: 'one' }],
      [['a/one.ts', 'a/two.ts', 'b/three.ts']],
    ],
    ['of one file', [...chain, { file: 'b/three.ts', specifier: './three.ts' }], [['b/three.ts']]],
    [
      'next to another that it leads to',
      [
        { file: 'one.ts', specifier: './two.ts' },
        { file: 'two.ts', specifier: './one.ts' },
        { file: 'two.ts', specifier: './three.ts' },
        { file: 'three.ts', specifier: './four.ts' },
        { file: 'four.ts', specifier: './three.ts' },
      ],
      [
        ['four.ts', 'three.ts'],
        ['one.ts', 'two.ts'],
      ],
    ],
  ])('%s is found', (_, imports, expected) => {
    expect(findCircles(imports, (name) => (name === 'one' ? 'a/one.ts' : undefined))).toEqual(expected);
  });

  test('is not seen in files that only share what they import', () => {
    expect(findCircles([...chain, { file: 'a/one.ts', specifier: '../b/three.ts' }])).toEqual([]);
  });
});
