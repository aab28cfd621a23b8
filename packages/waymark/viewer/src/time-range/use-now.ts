/** The current time, for an axis that ends now. */
import { useEffect, useState } from 'preact/hooks';

/** @param everyMs The interval between updates, limited to 1 to 30 seconds. `undefined` stops the updates. */
export function useNow(everyMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(Date.now);
  const stepMs = everyMs === undefined ? undefined : Math.min(30_000, Math.max(1000, everyMs));
  useEffect(() => {
    if (stepMs === undefined) return;
    setNowMs(Date.now());
    const timer = setInterval(() => {
      if (!document.hidden) setNowMs(Date.now());
    }, stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return nowMs;
}
