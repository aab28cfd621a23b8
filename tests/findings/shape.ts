/** A kind of trace for which the right findings are known. */
import type { Random } from './random.ts';
import type { Operation, Span } from './run-program.ts';

export interface Shape {
  readonly name: string;
  make(random: Random): MadeTrace;
}

export interface MadeTrace {
  readonly roots: readonly Operation[];
  /** Expected errors and gaps follow from the program, and are not listed. */
  readonly expected: readonly Expected[];
  readonly clocks?: Readonly<Record<string, number>>;
  /** What goes wrong between the process and the collector. */
  alter?(spans: readonly Span[], labels: ReadonlyMap<string, readonly string[]>): readonly Span[];
}

export type Expected =
  | { readonly kind: 'n+1' | 'parallel-n+1'; readonly loop: string }
  | { readonly kind: 'outlives-parent'; readonly label: string }
  | { readonly kind: 'clock-skew'; readonly service: string; readonly offsetMs: number }
  | {
      readonly kind: 'missing-root' | 'orphan' | 'several-roots' | 'cycle' | 'duplicate-id' | 'negative-duration';
    };

/** Marks the calls of a loop with its name. */
export const inLoop: { readonly loop: string } = { loop: 'loop' };

export const nPlusOne: readonly Expected[] = [{ kind: 'n+1', loop: 'loop' }];
export const parallelNPlusOne: readonly Expected[] = [{ kind: 'parallel-n+1', loop: 'loop' }];
