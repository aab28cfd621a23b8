/** The key that reloads the facets: immediately with a new filter, at intervals while traces arrive. */
import { useEffect, useRef, useState } from 'preact/hooks';

/** The collector counts facets over thousands of traces, so they do not reload with each new trace. */
const everyMs = 3000;

/** @param arrived A new object when traces have arrived. */
export function useFacetKey(key: string, arrived: readonly unknown[], isPaused: boolean): string {
  const [count, setCount] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // `arrived` is the reason for the effect.
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
