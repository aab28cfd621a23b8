/** The present moment, for axes that end now. */
import { useEffect, useState } from 'preact/hooks';

/** @param everyMs How often it moves on, at least one second, at most half a minute; `undefined` stops it. */
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
