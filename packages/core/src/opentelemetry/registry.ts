/** The global registry of `@opentelemetry/api` 1.x, which all copies of the package share: what is registered, and by which owner. */
import { findOtherTracers } from '../other-tracers.ts';
import { readProperty } from '../read-property.ts';

// @opentelemetry/api, internal/global-utils: the key is the same in all 1.x.
const registryKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never;

/** The parts that belong together. `diag`, `metrics` and `logs` are the application's. */
const slots = ['trace', 'context', 'propagation'] as const;

/** A part of the API that a bridge registers. */
export type RegistrySlot = (typeof slots)[number];

/** What is registered for a part; `undefined` if nothing is. Never throws. */
export function registered(slot: RegistrySlot): unknown {
  return readProperty(readRegistry(), slot);
}

/** Puts a value in the place of what is registered, which the API itself refuses. `undefined` takes it out. */
export function replaceRegistered(slot: RegistrySlot, value: object | undefined): void {
  const registry = readRegistry() as { [Slot in RegistrySlot]?: object | undefined } | undefined; // the API's own
  if (registry === undefined) return;
  if (value === undefined) delete registry[slot];
  else registry[slot] = value;
}

/** The parts that have an owner. */
export function takenSlots(): readonly RegistrySlot[] {
  return slots.filter((slot) => Boolean(registered(slot)));
}

/** The version of the copy of the API that made the registry. */
export function registryVersion(): string | undefined {
  const version = readProperty(readRegistry(), 'version');
  return typeof version === 'string' ? version : undefined;
}

/** Who has registered: `NodeTracerProvider, @opentelemetry/api 1.9.0`. `undefined` if no part has an owner. Never throws. */
export function describeOwner(): string | undefined {
  const [slot] = takenSlots();
  if (slot === undefined) return undefined;
  // The classes of an agent's own bridge do not say whose they are.
  const agent = findOtherTracers().find((name) => name !== "OpenTelemetry's SDK" && !name.startsWith('Sentry'));
  const name = agent === undefined ? nameOfOwner(slot) : `${nameOfOwner(slot)} of ${agent}`;
  return `${name}, @opentelemetry/api ${registryVersion() ?? 'of an unknown version'}`;
}

/** The class of what is registered. A tracer provider is behind the API's proxy. */
function nameOfOwner(slot: RegistrySlot): string {
  const owner = slot === 'trace' ? delegateOf(registered(slot)) : registered(slot);
  const name = readProperty(readProperty(owner, 'constructor'), 'name');
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : `an unnamed ${slot} provider`;
}

/** What is behind a `ProxyTracerProvider`; the value itself if it is not one. Never throws. */
export function delegateOf(provider: unknown): unknown {
  try {
    const { getDelegate } = (provider ?? {}) as { getDelegate?: unknown }; // it is called only if it is a function
    return typeof getDelegate === 'function' ? getDelegate.call(provider) : provider;
  } catch {
    return provider;
  }
}

function readRegistry(): unknown {
  return (globalThis as { [registryKey]?: unknown })[registryKey];
}
