/** When to count the facets again: at once for another filter, now and then while traces come. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** Facets are counted over thousands of traces: not for each that comes. */
const everyMs = 3000;

/** @param rows Another object when there are other rows. */
export function useFacetKey(key: string, rows: readonly unknown[], isPaused: boolean): string {
  const [count, setCount] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // Other rows are why
  useEffect(() => {
    if (isPaused || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setCount((before) => before + 1);
    }, everyMs);
  }, [rows, isPaused]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return `${key} ${count}`;
}
