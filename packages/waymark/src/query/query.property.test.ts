import fc from 'fast-check';
import type { Span } from '../model/span.ts';
import { completionAt } from './completion-at.ts';
import { formatTerm, termState, withoutTerm, withTerm } from './edit-query.ts';
import { type IndexTerm, indexableTerms } from './indexable-terms.ts';
import { matchesSpan, matchesTrace } from './matches.ts';
import { parseQuery } from './parse-query.ts';
import { InvalidQuery } from './query.ts';

const value = fc.constantFrom('a', 'b');
const term = fc.oneof(
  value.map((text) => `service:${text}`),
  value.map((text) => `name:${text}`),
  value.map((text) => `name:${text}*`),
  value.map((text) => `key:${text}`),
  fc.constantFrom('key:*', 'status:error', 'kind:server', 'dur>5ms', 'dur<=5ms', 'a', '"b"'),
);

/** Queries of any shape, without nested braces. */
const queries = fc.letrec<{ inner: string; outer: string }>((tie) => ({
  inner: fc.oneof(
    { maxDepth: 3 },
    term,
    fc.tuple(tie('inner'), tie('inner')).map(([one, other]) => `(${one} OR ${other})`),
    fc.tuple(tie('inner'), tie('inner')).map(([one, other]) => `(${one} ${other})`),
    tie('inner').map((text) => `-${text}`),
  ),
  outer: fc.oneof(
    { maxDepth: 3 },
    tie('inner'),
    tie('inner').map((text) => `{${text}}`),
    tie('inner').map((text) => `-{${text}}`),
    fc.tuple(tie('outer'), tie('outer')).map(([one, other]) => `${one} ${other}`),
    fc.tuple(tie('outer'), tie('outer')).map(([one, other]) => `(${one} OR ${other})`),
  ),
})).outer;

const spans = fc.array(
  fc
    .record({
      service: value,
      name: fc.constantFrom('a', 'b', 'ab'),
      key: fc.option(value),
      isFailed: fc.boolean(),
      kind: fc.constantFrom<Span['kind']>('server', 'client'),
      durationMs: fc.constantFrom(1, 5, 9),
    })
    .map(
      ({ service, name, key, isFailed, kind, durationMs }): Span => ({
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        name,
        kind,
        startTimeUnixNano: '1700000000000000000',
        endTimeUnixNano: `170000000000${durationMs}000000`,
        attributes: key === null ? {} : { key },
        ...(isFailed && { status: { code: 'error' as const } }),
        resource: { serviceName: service, attributes: {} },
      }),
    ),
  { maxLength: 3 },
);

function has(span: Span, asked: IndexTerm): boolean {
  switch (asked.key) {
    case 'service':
      return span.resource.serviceName === asked.value;
    case 'name':
    case 'kind':
      return span[asked.key] === asked.value;
    case 'status':
      return (span.status?.code ?? 'unset') === asked.value;
    case 'attribute':
      return span.attributes[asked.name] === asked.value;
    case 'dur': {
      const durationMs = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
      return durationMs >= asked.minMs && durationMs <= asked.maxMs;
    }
    default:
      return true;
  }
}

test('index terms exclude no trace that matches, and exact terms include no other', () => {
  fc.assert(
    fc.property(queries, spans, (text, trace) => {
      const query = parseQuery(text);
      const { groups, isExact } = indexableTerms(query);
      const isCandidate = groups.every((group) => group.some((asked) => trace.some((span) => has(span, asked))));
      const isMatch = matchesTrace(query, trace);
      if (isMatch) expect(isCandidate).toBe(true);
      if (isExact) expect(isMatch).toBe(isCandidate);
    }),
    { numRuns: 1000 },
  );
});

test('a query without braces matches a trace if it matches one of its spans', () => {
  fc.assert(
    fc.property(queries, spans, (text, trace) => {
      fc.pre(!text.includes('{'));
      const query = parseQuery(text);
      expect(matchesTrace(query, trace)).toBe(trace.some((span) => matchesSpan(query, span)));
    }),
  );
});

test('any string is a query or is refused with a position, and can be completed anywhere', () => {
  const piece = fc.constantFrom(
    'a',
    ':',
    '"',
    '\\',
    '(',
    ')',
    '{',
    '}',
    '-',
    ' ',
    '*',
    '>',
    '=',
    'OR',
    'NOT',
    'dur',
    'status',
    'ü',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(), (pieces, position) => {
      const text = pieces.join('');
      try {
        parseQuery(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidQuery);
        const { start, end } = error as InvalidQuery;
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(text.length);
      }
      const caret = position % (text.length + 1);
      const place = completionAt(text, caret);
      if (place !== undefined) {
        expect(place.start).toBeLessThanOrEqual(caret);
        expect(place.end).toBeGreaterThanOrEqual(caret);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any key and value can be written, added to any query, and removed again', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(queries, word, word, (text, key, wanted) => {
      fc.pre(key !== '' && !['status', 'kind', 'dur', 'trace', 'span', 'duration'].includes(key));
      expect(parseQuery(formatTerm(key, wanted)).condition).toMatchObject({
        test: { operator: 'equals', value: wanted },
      });
      const added = withTerm(text, key, wanted);
      expect(termState(added, key, wanted)).toBe('included');
      expect(termState(withoutTerm(added, key, wanted), key, wanted)).toBe('none');
    }),
  );
});
