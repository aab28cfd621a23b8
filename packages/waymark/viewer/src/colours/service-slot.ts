/** Chooses one of the service colours for a name. */

/** The number of colours `--service-0` … in tokens.css. */
export const serviceColourCount = 20;

/** The first free slot from the preferred one on. The preferred slot, if all are taken. */
export function chooseSlot(serviceName: string, taken: ReadonlySet<number>): number {
  const preferred = preferredSlot(serviceName);
  for (let step = 0; step < serviceColourCount; step++) {
    // Seven and twenty have no common divisor, so each slot is tried. Steps of seven also keep similar colours apart.
    const slot = (preferred + step * 7) % serviceColourCount;
    if (!taken.has(slot)) return slot;
  }
  return preferred;
}

/** The preferred slot of a name, by FNV-1a. */
function preferredSlot(serviceName: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < serviceName.length; index++) {
    hash = Math.imul(hash ^ serviceName.charCodeAt(index), 0x01000193);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % serviceColourCount;
}
