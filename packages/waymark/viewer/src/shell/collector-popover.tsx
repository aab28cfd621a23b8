/** The collector in a word, and on demand in full: what it keeps, what made room, what it refused. */
export function CollectorPopover() {
  return null;
}
