/**
 * The colour of a service. It depends on the name alone, so it is the same on each screen and each day. The twenty colours
 * also differ in lightness, for people who do not see all hues, and the name is always next to the colour. If two names
 * have the same preferred colour, one gets another colour, and this browser stores which.
 */
import { resolveColour } from './resolve-colour.ts';
import { chooseSlot, serviceColourCount } from './service-slot.ts';

const storageKey = 'waymark.service-colours';
const slots = readSlots();

/** Assigns colours to services, in the order of their names: so two browsers assign the same colours. */
export function assignColours(serviceNames: readonly string[]): void {
  const unknown = serviceNames.filter((name) => !slots.has(name)).sort();
  if (unknown.length === 0) return;
  const taken = new Set(slots.values());
  for (const name of unknown) {
    const slot = chooseSlot(name, taken);
    taken.add(slot);
    slots.set(name, slot);
  }
  try {
    localStorage.setItem(storageKey, JSON.stringify([...slots].slice(-500)));
  } catch {
    // There is no storage (a file from disk, a private window): the colour depends on the name alone.
  }
}

/** For CSS: `var(--service-3)`. */
export function serviceColour(serviceName: string): string {
  return `var(--service-${slotOf(serviceName)})`;
}

/** For a canvas: the colour in the current theme. */
export function serviceColourOnCanvas(serviceName: string): string {
  return resolveColour(`--service-${slotOf(serviceName)}`);
}

function slotOf(serviceName: string): number {
  const known = slots.get(serviceName);
  if (known !== undefined) return known;
  assignColours([serviceName]);
  return slots.get(serviceName) ?? 0;
}

function readSlots(): Map<string, number> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(stored)) return new Map();
    return new Map(stored.filter(isEntry));
  } catch {
    return new Map();
  }
}

function isEntry(entry: unknown): entry is [string, number] {
  if (!Array.isArray(entry)) return false;
  const [name, slot] = entry;
  return typeof name === 'string' && Number.isInteger(slot) && slot >= 0 && slot < serviceColourCount;
}
