// A file that takes part in a circle cannot be read, tested or moved without all the others.
import { findCircles, readPublishedNames } from './find-circles.ts';
import { readImportsBelow } from './read-imports.ts';

describe('circles', () => {
  const names = readPublishedNames(['packages/core', 'packages/express', 'packages/fastify', 'packages/waymark']);
  const imports = readImportsBelow(['packages']);

  test('no file of a package reaches itself by imports, type imports included', () => {
    expect(findCircles(imports, (specifier) => names.get(specifier))).toEqual([]);
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
