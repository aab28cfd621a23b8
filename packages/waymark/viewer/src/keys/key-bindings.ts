/** Keyboard shortcuts. Each mounted component binds its keys. The newest binding of a key wins. `?` lists all of them. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface KeyBinding {
  /** `KeyboardEvent.key`: `j`, `E`, `Escape`, `ArrowDown`, `/`. A sequence of two: `g t`. Alternatives: a list. */
  readonly keys: string | readonly string[];
  /** The description in the list of keys: `open the trace`. */
  readonly does: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Whether the key also works in a text field. */
  readonly inFields?: boolean;
}

export interface KeyGroup {
  readonly title: string;
  readonly bindings: readonly KeyBinding[];
}

export const keyGroups = signal<readonly KeyGroup[]>([]);

/** The longest time between the two keys of a sequence. */
const pairTimeoutMs = 1200;

/** Binds keys while the component is mounted. `bindings` may be a new array on each render. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const group: KeyGroup = {
      title,
      get bindings() {
        return latest.current;
      },
    };
    keyGroups.value = [...keyGroups.peek(), group];
    return () => {
      keyGroups.value = keyGroups.peek().filter((other) => other !== group);
    };
  }, [title]);
}

/** Listens to the keyboard. Returns a function that stops it. */
export function followKeys(): () => void {
  let first: { readonly key: string; readonly atMs: number } | undefined;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Shift' || isForTopLayer(event)) return;
    const isInField = isEditable(event.target);
    if (!isInField && activatesTarget(event)) return;
    const pair = first !== undefined && event.timeStamp - first.atMs < pairTimeoutMs ? `${first.key} ${event.key}` : '';
    first = undefined;
    const binding = (pair === '' ? undefined : find(pair, isInField)) ?? find(event.key, isInField);
    if (binding !== undefined) {
      event.preventDefault();
      binding.run(event);
    } else if (!isInField && startsPair(event.key)) {
      first = { key: event.key, atMs: event.timeStamp };
    }
  };
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}

/** The keys of a binding, as a list. */
export function keysOf(binding: KeyBinding): readonly string[] {
  return typeof binding.keys === 'string' ? [binding.keys] : binding.keys;
}

function find(key: string, isInField: boolean): KeyBinding | undefined {
  for (const group of keyGroups.peek().toReversed()) {
    const binding = group.bindings.find(
      (candidate) => keysOf(candidate).includes(key) && (!isInField || candidate.inFields === true),
    );
    if (binding !== undefined) return binding;
  }
  return undefined;
}

function startsPair(key: string): boolean {
  return keyGroups
    .peek()
    .some(({ bindings }) => bindings.some((binding) => keysOf(binding).some((keys) => keys.startsWith(`${key} `))));
}

/** A modal dialog gets all keys, and Escape closes a popover. The browser does both. */
function isForTopLayer({ key }: KeyboardEvent): boolean {
  return document.querySelector(key === 'Escape' ? 'dialog:modal, :popover-open' : 'dialog:modal') !== null;
}

function isEditable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

// Enter and Space activate the focused control.
function activatesTarget(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' && event.key !== ' ') return false;
  return (
    event.target instanceof HTMLElement && event.target.matches('a, button, summary, [role="button"], [role="tab"]')
  );
}
