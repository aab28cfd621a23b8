/** The badge of a span with a finding about its place in the tree or in time. */
import type { TraceModel } from './trace-model.ts';

const words = { cycle: 'cycle', 'duplicate-id': 'same id', unfinished: 'unfinished', 'clock-skew': 'clock' } as const;

type Oddity = (typeof words)[keyof typeof words];

const oddities = new WeakMap<TraceModel, ReadonlyMap<number, Oddity>>();

export function oddityOf(model: TraceModel, span: number): Oddity | undefined {
  let known = oddities.get(model);
  if (known === undefined) {
    known = new Map(
      model.findings.flatMap((finding) =>
        finding.kind === 'cycle' ||
        finding.kind === 'duplicate-id' ||
        finding.kind === 'unfinished' ||
        finding.kind === 'clock-skew'
          ? finding.spans.map((odd): [number, Oddity] => [odd, words[finding.kind]])
          : [],
      ),
    );
    oddities.set(model, known);
  }
  return known.get(span);
}
