/** Reads a colour of tokens.css in the current theme, for a canvas: a canvas cannot use custom properties. */
import { effect } from '@preact/signals';
import { theme } from '../shell/theme.ts';

const resolved = new Map<string, string>();
let probe: HTMLElement | undefined;

effect(() => {
  theme.value;
  resolved.clear();
});

/** @param name For example `--accent`. */
export function resolveColour(name: string): string {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  if (probe === undefined) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  const colour = getComputedStyle(probe).color;
  resolved.set(name, colour);
  return colour;
}
