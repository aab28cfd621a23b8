/** Commands of the trace screen that need a collector. A shared file has none of them. */
import type { TraceModel } from './trace-model.ts';

export interface TraceCommands {
  readonly share: () => void;
  readonly compare: (model: TraceModel) => void;
}
