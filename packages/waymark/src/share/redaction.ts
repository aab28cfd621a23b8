/** What a trace says by key, and the trace without some of that: for whoever shares it to choose. */
import type { Attributes, Span, Value } from '../model/span.ts';

export interface SharedKey {
  /** An attribute's key, or `status.message`. */
  readonly key: string;
  /** In how many places. */
  readonly count: number;
  /** The first value, as text, cut short. */
  readonly example: string;
  /** Whether its name is one of those under which secrets and persons are found. */
  readonly isSensitive: boolean;
}

/** What stands in a status besides its code. It is no attribute, and may quote one. */
const statusMessage = 'status.message';

const longestExample = 80;

// Beside OWASP's list for logs: https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude
const sensitive =
  /authorization|cookie|token|secret|passw|api[-_.]?key|credential|session|e-?mail|enduser|user\.(id|name)|client\.address|\bip\b/i;

/** By key, most frequent first. */
export function listSharedKeys(spans: readonly Span[]): SharedKey[] {
  const found = new Map<string, { count: number; example: string }>();
  const seen = new Set<Attributes>();

  function note(key: string, value: Value): void {
    const known = found.get(key);
    if (known !== undefined) known.count++;
    else found.set(key, { count: 1, example: shorten(typeof value === 'string' ? value : JSON.stringify(value)) });
  }
  function noteAll(attributes: Attributes | undefined): void {
    if (attributes === undefined || seen.has(attributes)) return;
    for (const key in attributes) note(key, attributes[key] ?? null);
  }

  for (const { attributes, events, links, status, resource, scope } of spans) {
    noteAll(attributes);
    for (const event of events ?? []) noteAll(event.attributes);
    for (const link of links ?? []) noteAll(link.attributes);
    if (status?.message !== undefined) note(statusMessage, status.message);
    for (const shared of [resource.attributes, scope?.attributes]) {
      noteAll(shared);
      if (shared !== undefined) seen.add(shared); // the same object in many spans
    }
  }
  return [...found]
    .map(([key, { count, example }]) => ({ key, count, example, isSensitive: sensitive.test(key) }))
    .sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1));
}

/** The same spans without the values under some keys. */
export function withoutKeys(spans: readonly Span[], keys: ReadonlySet<string>): readonly Span[] {
  if (keys.size === 0) return spans;
  const resources = new Map<Span['resource'], Span['resource']>();
  return spans.map((span) => {
    const { attributes, events, links, status, resource, scope } = span;
    const kept = omit(attributes, keys);
    let keptResource = resources.get(resource);
    if (keptResource === undefined) {
      keptResource = { ...resource, attributes: omit(resource.attributes, keys) };
      resources.set(resource, keptResource);
    }
    return {
      ...span,
      attributes: kept,
      resource: keptResource,
      ...(events === undefined ? {} : { events: events.map((event) => strip(event, keys)) }),
      ...(links === undefined ? {} : { links: links.map((link) => strip(link, keys)) }),
      ...(scope === undefined ? {} : { scope: strip(scope, keys) }),
      ...(status === undefined ? {} : { status: keys.has(statusMessage) ? { code: status.code } : status }),
    };
  });
}

function strip<T extends { readonly attributes?: Attributes }>(from: T, keys: ReadonlySet<string>): T {
  return from.attributes === undefined ? from : { ...from, attributes: omit(from.attributes, keys) };
}

function omit(attributes: Attributes, keys: ReadonlySet<string>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !keys.has(key)));
}

function shorten(text: string): string {
  return text.length > longestExample ? `${text.slice(0, longestExample)}…` : text;
}
