import type { ServiceMap } from '../../src/api/types.ts';
import { chooseGraph, covers, maxServices, shapeOf } from '../src/map/map-graph.ts';

function mapOf(names: readonly string[], edges: readonly (readonly [string, string])[]): ServiceMap {
  return {
    startMs: 0,
    endMs: 1,
    services: names.map((name, index) => ({ name, count: 1000 - index, errorCount: 0, p95Ms: 1, isExternal: false })),
    edges: edges.map(([from, to]) => ({ from, to, count: 1, errorCount: 0, p95Ms: 1 })),
    others: [],
  };
}

test('a new call needs a new layout, but new figures or fewer calls do not', () => {
  const first = shapeOf(
    chooseGraph(
      mapOf(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['b', 'c'],
        ],
      ),
    ),
  );
  expect(covers(first, shapeOf(chooseGraph(mapOf(['b', 'a', 'c'], [['a', 'b']]))))).toBe(true);
  expect(covers(first, shapeOf(chooseGraph(mapOf(['a', 'b', 'c'], [['a', 'c']]))))).toBe(false);
  expect(covers(first, shapeOf(chooseGraph(mapOf(['a', 'b', 'c', 'd'], []))))).toBe(false);
});

test.each([
  [maxServices, 0],
  [maxServices + 1, 1],
])('of %d services, the %d with the least traffic and their calls are left out', (count, hiddenCount) => {
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  const graph = chooseGraph(
    mapOf(names, [
      ['s0', `s${count - 1}`],
      ['s0', 's1'],
    ]),
  );
  expect(graph).toMatchObject({ nodes: { length: maxServices }, edges: { length: 2 - hiddenCount }, hiddenCount });
});
