/** Loads what a component shows, again whenever its key changes; what was there stays until the new is. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Resource<T> {
  readonly value?: T;
  /** Of the last attempt. */
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * @param key What the answer depends on, as text. `undefined` loads nothing.
 * @param load Gets a signal that aborts when the answer is no longer wanted.
 */
export function useResource<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ value?: T; error?: Error; isLoading: boolean }>({
    isLoading: key !== undefined,
  });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // A reload is the same request once more
  useEffect(() => {
    if (key === undefined) return;
    const abort = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    latest.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setState({ value, isLoading: false });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const told = error instanceof Error ? error : new Error(String(error));
        setState(({ value }) => ({ ...(value === undefined ? {} : { value }), error: told, isLoading: false }));
      },
    );
    return () => abort.abort();
  }, [key, attempt]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...state, reload };
}

/**
 * The same, once more each time that `tick` changes. An answer that takes longer than that is waited for: asking anew each
 * time, nothing would ever come.
 */
export function useRefreshed<T>(
  key: string,
  tick: number | undefined,
  load: (signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const resource = useResource(key, load);
  useEffect(() => {
    if (tick !== undefined && !resource.isLoading) resource.reload();
  }, [tick]);
  return resource;
}
