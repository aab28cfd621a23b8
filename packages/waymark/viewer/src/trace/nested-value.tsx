/** A map, or a list of maps: a line for each value. A short value leads to the traces that have it. */
import { toPlainText } from '../../../src/model/plain-value.ts';
import { isList, type Value } from '../../../src/model/span.ts';
import { link } from '../router/location.ts';
import { searchTerm } from './search-term.ts';

export interface NestedValueProps {
  readonly value: Value;
  /** Of the attribute. */
  readonly name: string;
  /** Whether there are other traces to search. */
  readonly canSearch: boolean;
}

interface Line {
  readonly depth: number;
  /** The key in a map, or the index in a list. */
  readonly label: string;
  /** The keys that lead to the value, as a query writes them. */
  readonly path: string;
  /** `undefined` above the lines of a map or a list. */
  readonly value: Value | undefined;
}

// The collector keeps up to 1,000 items of each list or map.
const maxLines = 200;
const longestSearched = 200;

/** Whether it is shown in lines. A list without maps and lists is one line. */
export function isNested(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isList(value) ? value.some((item) => partsOf(item) !== undefined) : 'kvlistValue' in value;
}

export function NestedValue({ value, name, canSearch }: NestedValueProps) {
  const lines: Line[] = [];
  addLines(value, name, 0, lines);
  return (
    <span class="attribute-value nested-value">
      {lines.slice(0, maxLines).map((line, index) => (
        <span class="nested-line" style={{ '--depth': line.depth }} key={index}>
          <span class="nested-label">{line.label}</span>{' '}
          {line.value !== undefined && leafOf(line, line.value, canSearch)}
        </span>
      ))}
      {lines.length > maxLines && (
        <span class="nested-line">… {lines.length - maxLines} more lines: copy the value</span>
      )}
    </span>
  );
}

function leafOf({ path }: Line, value: Value, canSearch: boolean) {
  const text = toPlainText(value);
  const isSearched = canSearch && text.length < longestSearched && typeof value !== 'object';
  return isSearched ? (
    <a href={link('/traces', { q: searchTerm(path, text) })} title="Search traces with this value">
      {text}
    </a>
  ) : (
    text
  );
}

function addLines(value: Value, path: string, depth: number, lines: Line[]): void {
  for (const [label, part, isItem] of partsOf(value) ?? []) {
    const partPath = isItem ? path : `${path}.${label}`; // a query finds the items of a list without their index
    const isLeaf = (partsOf(part)?.length ?? 0) === 0 || !isNested(part);
    lines.push({ depth, label, path: partPath, value: isLeaf ? part : undefined });
    if (!isLeaf) addLines(part, partPath, depth + 1, lines);
  }
}

type Part = readonly [label: string, value: Value, isItem: boolean];

/** `undefined` for a value without parts. */
function partsOf(value: Value): readonly Part[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isList(value)) return value.map((item, index): Part => [String(index), item, true]);
  if (!('kvlistValue' in value)) return undefined;
  return Object.entries(value.kvlistValue).map(([key, part]): Part => [key, part, false]);
}
