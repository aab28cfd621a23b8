/** The current address. It holds all state of the page, so links are stable and Back works. */
import { signal } from '@preact/signals';

export interface Place {
  readonly path: string;
  readonly params: URLSearchParams;
}

export type ParamChanges = Readonly<Record<string, string | number | undefined>>;

export const place = signal<Place>(readPlace());

/** Reads a parameter. A component that calls it is rendered again when the address changes. */
export function param(name: string): string | undefined {
  return place.value.params.get(name) ?? undefined;
}

/** Returns the address of a screen, without parameters that are undefined or empty. */
export function link(path: string, params: ParamChanges = {}): string {
  const search = withChanges(new URLSearchParams(), params).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Returns the address of the current screen with some parameters changed. */
export function linkHere(changes: ParamChanges): string {
  const { path, params } = place.value;
  return link(path, { ...Object.fromEntries(params), ...changes });
}

/** Goes to an address within the viewer. `replace` adds no entry to the history. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  place.value = readPlace();
}

/** Changes parameters of the current address. */
export function setParams(changes: ParamChanges, options: { replace?: boolean } = {}): void {
  go(linkHere(changes), options);
}

/** Follows Back and Forward, and clicks on links within the viewer. Returns a function that stops it. */
export function followAddress(): () => void {
  const onPopState = () => {
    place.value = readPlace();
  };
  addEventListener('popstate', onPopState);
  document.addEventListener('click', followClick);
  return () => {
    removeEventListener('popstate', onPopState);
    document.removeEventListener('click', followClick);
  };
}

function followClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  if (anchor === null || anchor.target !== '' || anchor.hasAttribute('download')) return;
  const to = anchor.getAttribute('href');
  if (to === null || !to.startsWith('/') || to.startsWith('//') || to.startsWith('/waymark/')) return;
  event.preventDefault();
  go(to);
}

function readPlace(): Place {
  return { path: location.pathname, params: new URLSearchParams(location.search) };
}

function withChanges(params: URLSearchParams, changes: ParamChanges): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(name);
    else params.set(name, String(value));
  }
  return params;
}
