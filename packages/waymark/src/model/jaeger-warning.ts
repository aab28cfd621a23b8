/**
 * Jaeger has a duration for every span. A warning, which Jaeger's page shows, says that a span has none. Import reads
 * it again.
 */
export const unfinishedWarning: string = 'This span is unfinished: it has no end time.';

/**
 * The attribute for warnings in Jaeger's version 3: a list of strings. Jaeger also says there that it has cut a trace.
 *
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/jptrace/attributes.go
 */
export const jaegerWarningsKey: string = '@jaeger@warnings';
