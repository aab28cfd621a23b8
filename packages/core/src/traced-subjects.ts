/** What Waymark traces in this process, noted once for all copies of this package. */
import type { TracedSubject } from './open-telemetry-state.ts';
import { processState } from './process-state.ts';

/** Notes that a subject is traced, from now on. */
export function noteTraced(subject: TracedSubject): void {
  processState.tracedSubjects ??= new Set();
  processState.tracedSubjects.add(subject);
}

/** Whether a subject is traced for the tracers that want it. */
export function isNotedAsTraced(subject: TracedSubject): boolean {
  return processState.tracedSubjects?.has(subject) === true;
}
