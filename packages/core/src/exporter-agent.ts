/**
 * Marks the requests of exporters, which are never traced. `untraced()` is not enough: the channels of `node:http` belong to the
 * process, and a subscriber of another realm, such as another test file of the same Jest worker, does not see this realm's context.
 */
import type { Agent } from 'node:http';

// Shared by all copies and realms.
const exporterKey: unique symbol = Symbol.for('waymark.exporter.v1') as never;

interface ExporterAgent extends Agent {
  [exporterKey]?: true;
}

/** Marks all requests of an agent. A request refers to its agent before a channel publishes it. */
export function forExporter<Kind extends Agent>(agent: Kind): Kind {
  (agent as ExporterAgent)[exporterKey] = true;
  return agent;
}

export function isExporterAgent(agent: unknown): boolean {
  return (agent as ExporterAgent | null | undefined)?.[exporterKey] === true;
}
