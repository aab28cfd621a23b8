/** Finds the known name that a misspelt one probably stands for. */

/** The known name with the fewest edits, or `undefined` if none is near. Letter case does not count. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const lower = given.toLowerCase();
  // A third of the letters may differ, three at most: `trsut` is near `trust`, and `url` is not near `env`.
  let limit = Math.min(4, Math.ceil(lower.length / 3) + 1);
  let nearest: string | undefined;
  for (const name of known) {
    const other = name.toLowerCase();
    if (other.startsWith(lower) || lower.startsWith(other)) return name;
    const edits = countEdits(lower, other);
    if (edits < limit) {
      limit = edits;
      nearest = name;
    }
  }
  return nearest;
}

/** Letters to add, remove, change or swap with their neighbour (optimal string alignment distance). */
function countEdits(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + changed,
          isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
