/**
 * What the viewer finds in a trace, as functions: the critical path, repeated calls, clock skew, comparisons.
 *
 * @packageDocumentation
 */
export { adviseOnRepeat } from './advise-on-repeat.ts';
export { analyseTrace } from './analyse-trace.ts';
export type { CallPurpose } from './call-purpose.ts';
export { type ComparedSpan, compareTraces, type TraceComparison } from './compare.ts';
export { fromSpanData, type InMemoryAttributes, type InMemorySpan } from './from-span-data.ts';
export type { SpanError, TraceOutline } from './outline.ts';
export { spanKinds, statusCodes } from './outline.ts';
export { durationAt, percentileOf } from './percentiles.ts';
export type { Significance } from './repeats.ts';
export { type OperationStatistics, statistics } from './statistics.ts';
export { toOutline } from './to-outline.ts';
export type { CriticalPiece, Finding, Gap, Repeat, TraceAnalysis } from './trace-analysis.ts';
