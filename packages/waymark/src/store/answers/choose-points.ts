/**
 * Chooses the traces that a scatter shows if it cannot show all of them: those that users look for, and a fair sample
 * of the rest.
 */

/** Traces in columns; entry `i` of each is about trace `i`. */
export interface PointColumns {
  /** A number that traces get in the order of their arrival. */
  readonly numberOf: number[];
  readonly startMs: number[];
  readonly durationMs: number[];
  readonly hasFailed: boolean[];
  /** Distinguishes kinds of traces: the service and name of the root, as one value. */
  readonly kindOf: (string | number)[];
}

export function emptyColumns(): PointColumns {
  return { numberOf: [], startMs: [], durationMs: [], hasFailed: [], kindOf: [] };
}

/** This many traces of each kind are shown, however rare the kind is. */
const leastOfKind = 3;

/**
 * The slowest traces are chosen in each of this many equal parts of the time range. A scatter has room for about that
 * many side by side.
 */
const stretches = 100;

/**
 * At most a quarter of the limit goes to each of: traces that failed, the slowest of each part of the time range, and
 * some of each kind, the rarest first. The rest is a sample in which each other trace is equally likely.
 *
 * @returns Indexes in ascending order: all of them if there are no more than the limit.
 */
export function choosePoints(columns: PointColumns, limit: number): Uint32Array {
  const count = columns.numberOf.length;
  const all = Uint32Array.from({ length: count }, (_, index) => index);
  if (count <= limit) return all;
  const places = Float64Array.from(columns.numberOf, placeOf);
  const isChosen = new Uint8Array(count);
  let left = limit;
  const choose = (indexes: Iterable<number>): void => {
    for (const index of indexes) {
      if (isChosen[index] === 1) continue;
      isChosen[index] = 1;
      left--;
    }
  };
  const quarter = Math.floor(limit / 4);
  choose(
    lowest(
      quarter,
      all.filter((index) => columns.hasFailed[index]),
      places,
    ),
  );
  choose(slowestOfEachStretch(quarter, columns, places));
  choose(someOfEachKind(quarter, columns, places));
  choose(
    lowest(
      left,
      all.filter((index) => isChosen[index] === 0),
      places,
    ),
  );
  return all.filter((index) => isChosen[index] === 1);
}

/**
 * Murmur's finalizer: neighbours get distant places, so traces that arrive in a regular pattern are sampled evenly. A
 * trace keeps its place, so it stays in the sample when others arrive.
 */
function placeOf(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The `most` indexes with the lowest values; where values are equal, those with the lowest places. */
function lowest(most: number, indexes: Uint32Array, places: Float64Array, values = places): Uint32Array {
  if (indexes.length <= most) return indexes;
  if (most === 0) return new Uint32Array();
  const bound = Float64Array.from(indexes, (index) => values[index] as number).sort()[most - 1] as number;
  const below = indexes.filter((index) => (values[index] as number) < bound);
  const atBound = indexes.filter((index) => values[index] === bound);
  const rest = most - below.length;
  return Uint32Array.from([
    ...below,
    ...(values === places ? atBound.subarray(0, rest) : lowest(rest, atBound, places)),
  ]);
}

function slowestOfEachStretch(most: number, { startMs, durationMs }: PointColumns, places: Float64Array): number[] {
  const firstMs = startMs.reduce((first, start) => Math.min(first, start), Number.POSITIVE_INFINITY);
  const lastMs = startMs.reduce((last, start) => Math.max(last, start), Number.NEGATIVE_INFINITY);
  const lengthMs = (lastMs - firstMs) / stretches || 1;
  const byStretch = new Map<number, number[]>();
  startMs.forEach((start, index) => {
    const stretch = Math.floor((start - firstMs) / lengthMs);
    const indexes = byStretch.get(stretch);
    if (indexes === undefined) byStretch.set(stretch, [index]);
    else indexes.push(index);
  });
  const each = Math.floor(most / byStretch.size);
  const shortest = Float64Array.from(durationMs, (duration) => -duration);
  return [...byStretch.values()].flatMap((indexes) => [...lowest(each, Uint32Array.from(indexes), places, shortest)]);
}

function someOfEachKind(most: number, { kindOf }: PointColumns, places: Float64Array): number[] {
  const byKind = new Map<string | number, number[]>();
  kindOf.forEach((kind, index) => {
    const indexes = byKind.get(kind);
    if (indexes === undefined) byKind.set(kind, [index]);
    else indexes.push(index);
  });
  const chosen: number[] = [];
  for (const indexes of [...byKind.values()].sort((one, other) => one.length - other.length)) {
    if (chosen.length + leastOfKind > most) break;
    chosen.push(...lowest(leastOfKind, Uint32Array.from(indexes), places));
  }
  return chosen;
}
