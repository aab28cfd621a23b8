/** When to count the facets again: at once for another filter, now and then while traces come. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** Facets are counted over thousands of traces: not for each that comes. */
const everyMs = 3000;

/** @param arrived Another object when traces have come. */
export function useFacetKey(key: string, arrived: readonly unknown[], isPaused: boolean): string {
  const [count, setCount] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // What has come is why
  useEffect(() => {
    if (isPaused || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setCount((before) => before + 1);
    }, everyMs);
  }, [arrived, isPaused]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return `${key} ${count}`;
}
