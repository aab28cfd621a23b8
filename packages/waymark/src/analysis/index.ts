export type { SpanError, TraceOutline } from './outline.ts';
export type { CriticalPiece, Finding, Gap, Repeat, TraceAnalysis } from './trace-analysis.ts';
