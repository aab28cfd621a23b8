/** Which of the services' colours a name gets. */

/** As many as `--service-0` … there are in tokens.css. */
export const serviceColourCount = 20;

/** The next free one after the preferred; the preferred itself once all are taken. */
export function chooseSlot(serviceName: string, taken: ReadonlySet<number>): number {
  const preferred = preferredSlot(serviceName);
  for (let step = 0; step < serviceColourCount; step++) {
    // Seven and twenty have no common divisor: all are tried, and neighbours in name are no neighbours in colour.
    const slot = (preferred + step * 7) % serviceColourCount;
    if (!taken.has(slot)) return slot;
  }
  return preferred;
}

/** Where a name falls by itself; FNV-1a. */
function preferredSlot(serviceName: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < serviceName.length; index++) {
    hash = Math.imul(hash ^ serviceName.charCodeAt(index), 0x01000193);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % serviceColourCount;
}
