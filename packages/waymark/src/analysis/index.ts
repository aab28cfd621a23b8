export { analyseTrace } from './analyse-trace.ts';
export type { SpanError, TraceOutline } from './outline.ts';
export { spanKinds, statusCodes } from './outline.ts';
export { adviseOnRepeat } from './repeats.ts';
export { type OperationStatistics, statistics } from './statistics.ts';
export { toOutline } from './to-outline.ts';
export type { CriticalPiece, Finding, Gap, Repeat, TraceAnalysis } from './trace-analysis.ts';
