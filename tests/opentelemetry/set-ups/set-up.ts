// A tracer for a scenario: where the application's own spans come from, and the finished spans.
import type { PrintedSpan } from '../printed-span.ts';
import type { Application } from '../scenario.ts';

export interface SetUp extends Pick<Application, 'inRequest' | 'mark' | 'middleware'> {
  /** How many spans have started and not ended. */
  running(): number;
  /** The finished spans since the last call. */
  take(): readonly PrintedSpan[];
}
