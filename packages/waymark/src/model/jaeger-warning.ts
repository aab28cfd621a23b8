/** Jaeger has a duration for every span: its warnings, which its page shows, say that there is none. Import reads it again. */
export const unfinishedWarning: string = 'This span is unfinished: it has no end time.';

/**
 * Where Jaeger's version 3 has warnings: a list of strings at a span. Jaeger says there, too, that it has cut a trace.
 *
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/jptrace/attributes.go
 */
export const jaegerWarningsKey: string = '@jaeger@warnings';
