/** The shapes that the rules were written with. Those that they were tried on afterwards are in held-out-shapes.ts. */
import { firstHarmless } from './first-harmless.ts';
import { firstLoops, firstTogether } from './first-loops.ts';
import { firstOdd } from './first-odd.ts';
import type { Shape } from './shape.ts';

// In this order: each shape has the seed of its place.
export const shapes: readonly Shape[] = [...firstLoops, ...firstTogether, ...firstHarmless, ...firstOdd];
