/** Shapes that were written when the rules were finished, to see that they are not fitted to those in shapes.ts. */
import { heldOutHarmless } from './held-out-harmless.ts';
import { heldOutLoops, heldOutTogether } from './held-out-loops.ts';
import { heldOutOdd } from './held-out-odd.ts';
import type { Shape } from './shape.ts';

// In this order: each shape has the seed of its place.
export const heldOutShapes: readonly Shape[] = [...heldOutLoops, ...heldOutTogether, ...heldOutHarmless, ...heldOutOdd];
