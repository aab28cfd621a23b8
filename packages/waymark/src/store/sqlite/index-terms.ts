/** The terms by which an index finds a span: a few keys, or the index would be larger than the spans. */
import { toPlainText } from '../../model/plain-value.ts';
import { isList, type Span, type Value } from '../../model/span.ts';
import type { IndexTerm } from '../../query/indexable-terms.ts';
import { someValue } from '../../query/matches.ts';
import { hashOfString } from '../hash-of-string.ts';

const indexedAttributes: readonly string[] = [
  'http.route',
  'http.request.method',
  'http.response.status_code',
  'error.type',
  'exception.type',
  'db.system.name',
  'db.system',
  'messaging.system',
  'messaging.destination.name',
  'peer.service',
  'server.address',
  'rpc.method',
  'user.id',
  'session.id',
];

// Longer values are found by reading the spans.
const maxIndexedLength = 200;

export function termHashesOf(spans: readonly Span[]): Set<number> {
  const hashes = new Set<number>();
  for (const span of spans) {
    hashes.add(hashOf('service', span.resource.serviceName));
    hashes.add(hashOf('name', span.name));
    // Nearly every trace has spans of each kind, and spans that did not fail.
    if (span.status?.code === 'error') hashes.add(hashOf('status', 'error'));
    for (const key of indexedAttributes) {
      someValue(span, key, (value) => {
        addValue(hashes, key, value);
        return false; // to see them all
      });
    }
  }
  return hashes;
}

function addValue(hashes: Set<number>, key: string, value: Value): void {
  if (isList(value)) {
    for (const item of value) addValue(hashes, key, item);
    return;
  }
  const text = toPlainText(value);
  if (text.length <= maxIndexedLength) hashes.add(hashOf(`@${key}`, text));
}

/** The hash of a term, or `undefined` if the index does not have it. */
export function hashOfTerm(term: IndexTerm): number | undefined {
  switch (term.key) {
    case 'service':
    case 'name':
      return hashOf(term.key, term.value);
    case 'status':
      return term.value === 'error' ? hashOf(term.key, term.value) : undefined;
    case 'attribute':
      return indexedAttributes.includes(term.name) && term.value.length <= maxIndexedLength
        ? hashOf(`@${term.name}`, term.value)
        : undefined;
    default:
      return undefined;
  }
}

/** Two terms in a million million share a hash. The spans then decide. */
function hashOf(key: string, value: string): number {
  return hashOfString(`${key}\0${value}`);
}
