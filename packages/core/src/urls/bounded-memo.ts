/**
 * Remembers what `fn` answered for a text, for as many texts as given: at the limit the oldest is forgotten. What comes from
 * outside may be different each time, and must not fill the memory.
 */
export function boundedMemo<Value>(maxEntries: number, fn: (text: string) => Value): (text: string) => Value {
  const answers = new Map<string, Value>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = fn(text);
    if (answers.size >= maxEntries) answers.delete(answers.keys().next().value ?? text);
    answers.set(text, answer);
    return answer;
  };
}
