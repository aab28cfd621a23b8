export { analyseTrace } from './analyse-trace.ts';
export { type ComparedSpan, compareTraces, type TraceComparison } from './compare.ts';
export type { SpanError, TraceOutline } from './outline.ts';
export { spanKinds, statusCodes } from './outline.ts';
export { durationAt, percentileOf } from './percentiles.ts';
export { adviseOnRepeat } from './repeats.ts';
export { type OperationStatistics, statistics } from './statistics.ts';
export { toOutline } from './to-outline.ts';
export type { CriticalPiece, Finding, Gap, Repeat, TraceAnalysis } from './trace-analysis.ts';
