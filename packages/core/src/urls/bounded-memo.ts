/**
 * Remembers what `fn` returned for a string, for up to `maxEntries` strings; the oldest entry makes room. The limit is there because
 * strings from outside may differ each time, and must not fill the memory.
 */
export function boundedMemo<Value>(maxEntries: number, fn: (text: string) => Value): (text: string) => Value {
  const values = new Map<string, Value>();
  return (text) => {
    const known = values.get(text);
    if (known !== undefined) return known;
    const value = fn(text);
    if (values.size >= maxEntries) values.delete(values.keys().next().value ?? text);
    values.set(text, value);
    return value;
  };
}
