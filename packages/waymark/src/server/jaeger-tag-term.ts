/** Translates a tag of a Jaeger search: an attribute, or a field of OpenTelemetry that Jaeger shows as a tag. */
import { fieldTerm, tagTerm } from './query-terms.ts';

/**
 * The names are the ones that Jaeger's own stores know.
 *
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/storage/v2/memory/tenant.go
 */
export function jaegerTagTerm(key: string, value: string): string | undefined {
  switch (key) {
    case 'error': {
      // Values that Go parses as a boolean. Zipkin's spans have an `error` tag with other values.
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
      return tagTerm(`otel.${key}`, value);
    default:
      // Our search looks at attributes of the span and of its resource alike.
      return tagTerm(key.startsWith('resource.') ? key.slice('resource.'.length) : key, value);
  }
}
