/** Lists the keys of a trace, so that the person who shares it can choose. */
import { visitValues } from '../model/nested-values.ts';
import { toPlainText } from '../model/plain-value.ts';
import type { Attributes, Span, Value } from '../model/span.ts';
import { type RemovedValues, statusMessage } from './redact-trace.ts';
import { isSensitiveKey } from './secret-names.ts';

export interface SharedKey {
  /** An attribute's key, the path to a part of a map, such as `user.email`, or `status.message`. */
  readonly key: string;
  /** How often it occurs. */
  readonly count: number;
  /** The first value as a string, shortened. */
  readonly example: string;
  /** Whether it is likely to have a secret or personal data. */
  readonly isSensitive: boolean;
}

/** What a shared page would contain, and what would be removed. */
export interface SharePreview {
  readonly keys: readonly SharedKey[];
  readonly removed: readonly RemovedValues[];
}

const longestExample = 80;

/** The most frequent key first. */
export function listSharedKeys(spans: readonly Span[]): SharedKey[] {
  const found = new Map<string, { count: number; example: string }>();
  const seen = new Set<Attributes>();

  function note(key: string, value: Value): void {
    const known = found.get(key);
    if (known !== undefined) known.count++;
    else found.set(key, { count: 1, example: shorten(toPlainText(value)) });
  }
  function noteAll(attributes: Attributes | undefined): void {
    if (attributes === undefined || seen.has(attributes)) return;
    visitValues(attributes, note);
  }

  for (const { attributes, events, links, status, resource, scope } of spans) {
    noteAll(attributes);
    for (const event of events ?? []) noteAll(event.attributes);
    for (const link of links ?? []) noteAll(link.attributes);
    if (status?.message !== undefined) note(statusMessage, status.message);
    for (const shared of [resource.attributes, scope?.attributes]) {
      noteAll(shared);
      if (shared !== undefined) seen.add(shared); // many spans share the object
    }
  }
  return [...found]
    .map(([key, { count, example }]) => ({ key, count, example, isSensitive: isSensitiveKey(key) }))
    .sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1));
}

function shorten(text: string): string {
  return text.length > longestExample ? `${text.slice(0, longestExample)}…` : text;
}
