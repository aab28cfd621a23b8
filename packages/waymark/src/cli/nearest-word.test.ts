import { nearestWord } from './nearest-word.ts';

test.each([
  ['tial', 'tail'],
  ['tai', 'tail'],
  ['exprot', 'export'],
  ['exports', 'export'],
  ['imp', 'import'],
  ['docter', 'doctor'],
  ['x', undefined],
  ['serve', undefined],
  ['', undefined],
])('%s probably means %s', (given, nearest) => {
  expect(nearestWord(given, ['tail', 'export', 'import', 'doctor'])).toBe(nearest);
});
