/** Counts what is left out of spans beyond the limits, to report it to the sender. */
import { spanLimits } from './span-limits.ts';

/** The kind of data that was left out. */
export type CutKind =
  | 'attributes'
  | 'events'
  | 'links'
  | 'items'
  | 'deepValues'
  | 'keys'
  | 'names'
  | 'values'
  | 'traceStates'
  | 'size';

export interface Cuts {
  count(kind: CutKind, howMany?: number): void;
  /** The number of calls of `count()`. */
  readonly total: number;
  /** A sentence that lists all cuts; `undefined` if nothing was cut. */
  explain(): string | undefined;
}

const { attributes, resourceAttributes, partAttributes, events, links, items, depth } = spanLimits;

const explanations: Readonly<Record<CutKind, string>> = {
  attributes: `attributes beyond ${attributes} of a span, ${resourceAttributes} of a resource or ${partAttributes} of an event, link or scope`,
  events: `events beyond ${events} of a span`,
  links: `links beyond ${links} of a span, or with ids that are too long`,
  items: `items beyond ${items} of a list or a map`,
  deepValues: `values deeper than ${depth} levels`,
  keys: `attributes with a key of more than ${spanLimits.keyLength} characters`,
  names: `characters of names beyond ${spanLimits.nameLength}, of services beyond ${spanLimits.serviceNameLength}`,
  values: `characters of values beyond ${spanLimits.valueLength}`,
  traceStates: `tracestates of more than ${spanLimits.traceStateLength} characters`,
  size: `attributes, events and links beyond ${spanLimits.spanSize} characters of a span or ${spanLimits.resourceSize} of a resource`,
};

export function createCuts(): Cuts {
  const counts = new Map<CutKind, number>();
  let total = 0;
  return {
    count(kind, howMany = 1): void {
      total++;
      counts.set(kind, (counts.get(kind) ?? 0) + howMany);
    },
    get total() {
      return total;
    },
    explain() {
      if (total === 0) return undefined;
      const parts = [...counts].map(([kind, count]) => `${explanations[kind]} (${count})`);
      return `Some spans exceed the limits, and were stored without: ${parts.join('; ')}`;
    },
  };
}
