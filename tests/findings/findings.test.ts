/** The least precision and recall of the findings. The figures are in docs/analysis-figures.md. */
import { analyseTrace, toOutline } from 'waymark/analysis';
import { heldOutShapes } from './held-out-shapes.ts';
import { largeForms, makeLargeTrace } from './large-trace.ts';
import { precisionOf, recallOf, scorePopulation } from './score.ts';
import { shapes } from './shapes.ts';
import { unseenShapes } from './unseen-shapes.ts';

// Fewer traces than on the page of figures, and different ones.
const seed = 20;
const tracesOfShape = 6;

describe.each([
  { population: 'the shapes that the rules were written with', list: shapes, leastPrecision: 0.99, leastRecall: 0.99 },
  { population: 'other shapes', list: heldOutShapes, leastPrecision: 0.95, leastRecall: 0.9 },
  { population: 'unseen shapes', list: unseenShapes, leastPrecision: 0.95, leastRecall: 0.95 },
])('in $population', ({ list, leastPrecision, leastRecall }) => {
  const score = scorePopulation(list, tracesOfShape, seed);

  test.each([...score.byKind.keys()])('the findings of the kind %s are right, and none is missed', (kind) => {
    const found = score.byKind.get(kind) ?? { right: 0, wrong: 0, missed: 1 };
    expect({ found, faults: score.faults, isPrecise: precisionOf(found) >= leastPrecision }).toMatchObject({
      isPrecise: true,
    });
    expect({ found, faults: score.faults, isComplete: recallOf(found) >= leastRecall }).toMatchObject({
      isComplete: true,
    });
  });

  test('each critical path adds up to the duration of its trace', () => {
    expect(score.paths.exactCount).toBe(score.traceCount);
  });

  test('the estimated saving is real when the program runs with one call', () => {
    expect(score.paths.claimCount).toBeGreaterThan(list.length);
    expect(score.paths.trueClaimCount).toBe(score.paths.claimCount);
    // Most of the possible saving is claimed.
    expect(score.paths.claimedMs / score.paths.sparedMs).toBeGreaterThan(0.9);
  });
});

test('the shapes have each kind of finding', () => {
  expect([...scorePopulation(shapes, 1, seed).byKind.keys()].sort()).toEqual([
    'clock-skew',
    'cycle',
    'duplicate-id',
    'error-origin',
    'gap',
    'missing-root',
    'n+1',
    'negative-duration',
    'orphan',
    'outlives-parent',
    'parallel-n+1',
    'several-roots',
  ]);
});

// The page of figures has the time for 200,000 spans.
test.each(largeForms)('50,000 spans as %s are analysed, and the path adds up', (form) => {
  const outline = toOutline(makeLargeTrace(form, 50_000));
  const { criticalPath, durationMs, order } = analyseTrace(outline);
  expect(order).toHaveLength(50_000);
  expect(criticalPath[0]?.startMs).toBe(0);
  expect(criticalPath.at(-1)?.endMs).toBe(durationMs);
});
