/** The warning for a request that passes two `tracing()`: the first one makes the span, by its options. */
import type { InternalTracer } from '../internal-tracer.ts';

/** Options that have no effect on a request with a span, even if both `tracing()` share a tracer. */
const ownOfEach: readonly string[] = ['ignore', 'captureHeaders', 'responseHeaders', 'traceUrl'];

/**
 * @param options The options of the second `tracing()`.
 * @param first The tracer of the request's span.
 * @returns `undefined` if the second one loses no option.
 */
export function describeNested(
  options: object,
  tracer: InternalTracer,
  first: InternalTracer | undefined,
): string | undefined {
  const isShared = tracer === first;
  const given = options === tracer ? ['tracer'] : Object.keys(options);
  const unused = isShared ? given.filter((name) => ownOfEach.includes(name)) : given;
  if (unused.length === 0) return undefined;
  const { 'service.name': name } = tracer.resource.attributes;
  const { 'service.name': firstName } = first?.resource.attributes ?? {};
  const remedy = isShared
    ? 'Give these options to the first tracing().'
    : 'Register tracing() once, or give both the same tracer: tracing({ tracer }).';
  return (
    `a request passed tracing() twice: its span belongs to the first one (service ${JSON.stringify(firstName)}), ` +
    `so ${unused.join(', ')} of the second one (service ${JSON.stringify(name)}) has no effect. ${remedy}`
  );
}
