/** The resource: the attributes that all spans of a process share. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Attributes, AttributeValue } from './attribute-value.ts';
import { copyAttributeValue, noValueLimits } from './copy-attribute-value.ts';
import { version } from './version.ts';

/** The process that makes spans. Encoded once per exporter. */
export interface Resource {
  /** Such as `service.name`, `service.instance.id` and `telemetry.sdk.language`. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const instanceId = randomUUID();
const noDiagnostics = { count(): void {} }; // options.ts has checked the values

/**
 * The attributes that are detected, and those that the developer sets, which win.
 *
 * @param serviceName Wins over `service.name` among the attributes.
 * @see https://opentelemetry.io/docs/specs/semconv/resource/
 */
export function createResource(serviceName: string | undefined, attributes: Attributes): Resource {
  const { bun, deno } = process.versions; // both also have Node's version
  const all = new Map<string, AttributeValue>([
    // Specification, "Semantic Attributes with SDK-provided Default Value": unknown_service: and the executable's name.
    ['service.name', `unknown_service:${basename(process.argv0)}`],
    ['service.instance.id', instanceId],
    ['telemetry.sdk.name', 'waymark'],
    ['telemetry.sdk.language', 'nodejs'],
    ['telemetry.sdk.version', version],
    ['host.name', hostname()],
    ['process.pid', process.pid],
    ['process.runtime.name', bun ? 'bun' : deno ? 'deno' : 'nodejs'],
    ['process.runtime.version', bun ?? deno ?? process.versions.node],
  ]);
  for (const [key, value] of Object.entries(attributes)) {
    const kept = copyAttributeValue(key, value, noValueLimits, noDiagnostics);
    if (kept !== undefined && key !== '') all.set(key, kept);
  }
  if (serviceName !== undefined) all.set('service.name', serviceName);
  return Object.freeze({ attributes: Object.freeze(Object.fromEntries(all)) }); // `__proto__` becomes a plain key
}
