/**
 * Shapes as services make them, written by an author that had not read the rules, and committed before their first run.
 * What is right was decided by what the program does, also where a trace cannot show it.
 */
import type { Shape } from './shape.ts';
import { unseenBatches } from './unseen-batches.ts';
import { unseenHarmless } from './unseen-harmless.ts';
import { unseenLoops } from './unseen-loops.ts';

export const unseenShapes: readonly Shape[] = [...unseenLoops, ...unseenBatches, ...unseenHarmless];
