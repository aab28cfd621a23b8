/** Loads the data of a component, again when the key changes. The old data stays until the new data is there. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Resource<T> {
  readonly value?: T;
  /** The error of the last attempt. */
  readonly error?: Error;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * @param key A string of everything that the answer depends on. `undefined` loads nothing.
 * @param load Gets a signal that aborts when the answer is no longer needed.
 */
export function useResource<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ value?: T; error?: Error; isLoading: boolean }>({
    isLoading: key !== undefined,
  });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // A reload repeats the same request.
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
        const failure = error instanceof Error ? error : new Error(String(error));
        setState(({ value }) => ({ ...(value === undefined ? {} : { value }), error: failure, isLoading: false }));
      },
    );
    return () => abort.abort();
  }, [key, attempt]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...state, reload };
}

/**
 * Like `useResource`, and loads again when `tick` changes. An answer that takes longer than a tick is awaited: if each tick
 * started a new request, a slow collector would never be shown.
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
