/** Clocks that seem off, moved to where they seem to belong: in the view alone, and only when the reader asks for it. */
import type { TraceModel } from './trace-model.ts';

export interface ClockOffset {
  readonly service: number;
  /** How far ahead of the root's clock it seems, all calls on the way taken together. */
  readonly offsetMs: number;
}

export function listClockOffsets({ findings }: Pick<TraceModel, 'findings'>): readonly ClockOffset[] {
  const steps = new Map<number, { parentService: number; offsetMs: number }>();
  for (const finding of findings) {
    if (finding.kind === 'clock-skew' && !steps.has(finding.service)) steps.set(finding.service, finding);
  }
  return [...steps.keys()].map((service) => {
    let offsetMs = 0;
    const seen = new Set<number>();
    // Two services that call each other may both seem off: each counts once.
    for (let at = service; steps.has(at) && !seen.has(at); at = steps.get(at)?.parentService ?? -1) {
      seen.add(at);
      offsetMs += steps.get(at)?.offsetMs ?? 0;
    }
    return { service, offsetMs };
  });
}

/** The starts of all spans with the offsets taken off. */
export function shiftClocks(model: TraceModel, offsets: readonly ClockOffset[]): Float64Array {
  const byService = new Float64Array(model.services.length);
  for (const { service, offsetMs } of offsets) byService[service] = offsetMs;
  return model.startMs.map((startMs, span) => startMs - (byService[model.serviceOf[span] as number] as number));
}
