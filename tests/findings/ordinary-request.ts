/** A request that does something before and after what a shape is about. */
import { around, eras, query, request } from './calls.ts';
import type { Random } from './random.ts';
import type { Operation } from './run-program.ts';
import type { Expected, MadeTrace } from './shape.ts';

export function ordinary(random: Random, body: Operation['body'], expected: readonly Expected[] = []): MadeTrace {
  const era = random.pick(eras);
  const session = query('orders', era, 'postgresql', 'SELECT * FROM sessions WHERE id = $1', around(random, 3));
  return { roots: [request('orders', 'GET /orders', [1, session, 0.5, ...body, 1])], expected };
}
