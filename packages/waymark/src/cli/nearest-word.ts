/** Finds the word that a user probably meant. */

/** @returns The nearest of the words, or undefined if none is near enough. */
export function nearestWord(given: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let leastEdits = Math.min(3, Math.ceil(given.length / 2)) + 1;
  for (const word of words) {
    const edits = word.startsWith(given) && given !== '' ? 1 : countEdits(given, word);
    if (edits < leastEdits) {
      leastEdits = edits;
      nearest = word;
    }
  }
  return nearest;
}

/** How many letters to insert, remove, change or swap with the next one (optimal string alignment). */
function countEdits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
