/** Makes traces of very many spans, in forms that are hard to analyse. */
import type { Span } from './run-program.ts';

/** The form of a large trace. */
export const largeForms = [
  'loops',
  'one parent',
  'a chain',
  'steps in steps',
  'at once',
  'orphans',
  'messages',
] as const;

export type LargeForm = (typeof largeForms)[number];

const startNano = 1_700_000_000_000_000_000n;

export function makeLargeTrace(form: LargeForm, spanCount: number): Span[] {
  return Array.from({ length: spanCount }, (_, index): Span => {
    const { parent, startUs, endUs, kind } = place(form, index, spanCount);
    const isCall = kind === 'client';
    return {
      traceId: '1'.repeat(32),
      spanId: idOf(index),
      ...(index > 0 && { parentSpanId: parent < 0 ? `f${idOf(-parent).slice(1)}` : idOf(parent) }),
      name: index === 0 ? 'GET /' : isCall ? 'SELECT' : 'step',
      kind,
      startTimeUnixNano: String(startNano + BigInt(Math.round(startUs * 1000))),
      endTimeUnixNano: String(startNano + BigInt(Math.round(endUs * 1000))),
      attributes: isCall
        ? { 'db.system.name': 'postgresql', 'db.query.text': `SELECT * FROM items WHERE id = ${index}` }
        : { index },
      resource: { serviceName: 'orders', attributes: {} },
    };
  });
}

interface Place {
  /** A negative index is a span that is missing. */
  readonly parent: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly kind: Span['kind'];
}

function place(form: LargeForm, index: number, count: number): Place {
  if (index === 0) return { parent: -1, startUs: 0, endUs: count + 1, kind: 'server' };
  const inOrder = { startUs: index, endUs: index + 0.9 };
  switch (form) {
    case 'loops': {
      // Steps of ten calls each.
      const step = index - ((index - 1) % 11);
      return step === index
        ? { parent: 0, startUs: index, endUs: Math.min(index + 11, count) - 0.05, kind: 'internal' }
        : { parent: step, ...inOrder, kind: 'client' };
    }
    case 'one parent':
      return { parent: 0, ...inOrder, kind: 'client' };
    case 'a chain':
      return { parent: index - 1, startUs: index / 2, endUs: count + 1 - index / 2, kind: 'internal' };
    case 'steps in steps': {
      // The last of five equal siblings contains the next five.
      const group = Math.floor((index - 1) / 5);
      const at = (index - 1) % 5;
      return {
        parent: group === 0 ? 0 : group * 5,
        startUs: index,
        endUs: at === 4 ? count + 1 - group / 5 : index + 0.9,
        kind: at === 0 ? 'client' : 'internal',
      };
    }
    case 'at once':
      return { parent: 0, startUs: 1, endUs: index + 1, kind: 'client' };
    case 'orphans':
      return { parent: -1 - (index % 1000), ...inOrder, kind: 'client' };
    case 'messages':
      return index % 2 === 1
        ? { parent: 0, ...inOrder, kind: 'producer' }
        : { parent: index - 1, startUs: index + count, endUs: index + count + 0.9, kind: 'consumer' };
  }
}

function idOf(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}
