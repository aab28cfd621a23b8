/** What a tag asks for in a search of Jaeger's: an attribute, or a field of OpenTelemetry's that Jaeger shows as a tag. */
import { fieldTerm, tagTerm } from './query-terms.ts';
import { RequestProblem } from './request-problem.ts';

/**
 * The names are those that Jaeger's own stores understand.
 *
 * @throws {RequestProblem} 400 for what cannot be searched: to leave it out would find too much.
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/storage/v2/memory/tenant.go
 */
export function jaegerTagTerm(key: string, value: string): string | undefined {
  switch (key) {
    case 'error': {
      // As Go reads a boolean. Any other value is that of a tag, which Zipkin's spans have.
      if (/^(?:1|t|true)$/i.test(value)) return 'status:error';
      return /^(?:0|f|false)$/i.test(value) ? '-status:error' : tagTerm(key, value);
    }
    case 'span.kind':
      return fieldTerm('kind', value.toLowerCase());
    case 'span.status':
    case 'otel.status_code': {
      const code = value.toLowerCase();
      return `status:${code === 'error' || code === 'ok' ? code : 'unset'}`;
    }
    case 'resource.service.name':
      return fieldTerm('service', value);
    case 'scope.name':
    case 'scope.version':
    case 'otel.scope.name':
    case 'otel.scope.version':
      throw new RequestProblem(400, `${key} cannot be searched: ask for an attribute, or for the service.`);
    default:
      // An attribute is looked for in the span and in its resource.
      return tagTerm(key.startsWith('resource.') ? key.slice('resource.'.length) : key, value);
  }
}
