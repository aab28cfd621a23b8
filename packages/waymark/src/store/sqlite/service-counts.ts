/**
 * Counts the spans of each service, to decide which service makes room. A thousand services are counted by name. If
 * there are more, names contain ids: the rest is counted, and makes room, like one service. Each trace records how it
 * is counted.
 */
import type { TraceSummary } from '../../api/types.ts';
import { chooseEvicted } from '../choose-evicted.ts';
import { maxNamedServices } from '../named-services.ts';
import { createRecentlySeen } from '../recently-seen.ts';
import type { Driver, Row } from './driver.ts';
import { storedString } from './stored-string.ts';
import { servicesOf } from './trace-row.ts';

/**
 * The spans in traces that begin at the service, with and without errors; the number of these traces; and the service's
 * own spans, in any trace.
 */
interface ServiceCounts {
  readonly id: number;
  readonly name: string;
  plain: number;
  failed: number;
  traces: number;
  spans: number;
}

/** How a trace is counted. */
export interface CountedTrace {
  /** The service at which the trace begins. */
  readonly owner: number;
  readonly hasFailed: boolean;
  readonly spanCount: number;
  readonly services: readonly { readonly name: string; readonly id: number; readonly spanCount: number }[];
}

/** @param row A row with `owner`, `failed`, `spans` and `services`. */
export function countedTraceOf(row: Row): CountedTrace {
  return {
    owner: Number(row.owner),
    hasFailed: row.failed === 1,
    spanCount: Number(row.spans),
    services: servicesOf(row).map(([name, spanCount, , id]) => ({ name, id, spanCount })),
  };
}

export interface ServiceCountsTable {
  /** Counts a trace that is new or has grown. @returns How it is counted now. */
  note(before: CountedTrace | undefined, summary: TraceSummary): CountedTrace;
  forget(trace: CountedTrace): void;
  /** The service that loses its oldest trace; `undefined` if there are no traces. */
  chooseEvicted(): { readonly owner: number; readonly hasFailed: boolean } | undefined;
  /** All services at which traces begin. */
  owners(): readonly number[];
  readonly spanCount: number;
  readonly traceCount: number;
  /** Called in the transaction that changed the counts. */
  save(): void;
  /** Reads the counts from the file: at the start, and after a rollback. */
  load(): void;
}

/** The id of all services that are not counted by name. */
const othersId = 0;

export function createServiceCounts(driver: Driver): ServiceCountsTable {
  const byName = new Map<string, ServiceCounts>();
  const byId = new Map<number, ServiceCounts>();
  const changed = new Set<ServiceCounts>();
  const seen = createRecentlySeen();
  let lastId = othersId;
  let spanCount = 0;
  let traceCount = 0;

  const sql = {
    load: driver.prepare('SELECT id, name, plain, failed, traces, spans FROM services'),
    save: driver.prepare(
      'INSERT OR REPLACE INTO services (id, name, plain, failed, traces, spans) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    remove: driver.prepare('DELETE FROM services WHERE id = ?'),
  };
  load();

  function load(): void {
    byName.clear();
    byId.clear();
    changed.clear();
    lastId = othersId;
    spanCount = 0;
    traceCount = 0;
    for (const row of sql.load.all()) {
      const counts: ServiceCounts = {
        id: Number(row.id),
        name: String(row.name),
        plain: Number(row.plain),
        failed: Number(row.failed),
        traces: Number(row.traces),
        spans: Number(row.spans),
      };
      enter(counts);
      spanCount += counts.spans;
      traceCount += counts.traces;
    }
  }

  function enter(counts: ServiceCounts): ServiceCounts {
    byId.set(counts.id, counts);
    if (counts.id !== othersId) byName.set(counts.name, counts);
    lastId = Math.max(lastId, counts.id);
    return counts;
  }

  function countsAt(id: number, name = ''): ServiceCounts {
    const counts = byId.get(id) ?? enter({ id, name, plain: 0, failed: 0, traces: 0, spans: 0 });
    changed.add(counts);
    return counts;
  }

  /** Names that have not come before may take half of the places: names with ids come once. */
  function idOf(name: string, known: ReadonlyMap<string, number>): number {
    const id = known.get(name) ?? byName.get(name)?.id;
    if (id !== undefined) return id;
    const places = seen.has(name) ? maxNamedServices : maxNamedServices / 2;
    seen.add(name);
    return byName.size < places ? countsAt(lastId + 1, name).id : othersId;
  }

  function count({ owner, hasFailed, spanCount: spans, services }: CountedTrace, sign: 1 | -1): void {
    const ofOwner = countsAt(owner);
    ofOwner[hasFailed ? 'failed' : 'plain'] += sign * spans;
    ofOwner.traces += sign;
    for (const service of services) countsAt(service.id).spans += sign * service.spanCount;
    spanCount += sign * spans;
    traceCount += sign;
  }

  return {
    note(before, summary) {
      const known = new Map(before?.services.map(({ name, id }) => [name, id]));
      if (before !== undefined) count(before, -1);
      const services = summary.services.map(({ name, spanCount: spans }) => {
        const stored = storedString(name);
        return { name: stored, id: idOf(stored, known), spanCount: spans };
      });
      const ownerName = storedString(summary.serviceName);
      const trace: CountedTrace = {
        owner: services.find(({ name }) => name === ownerName)?.id ?? othersId,
        hasFailed: summary.errorCount > 0,
        spanCount: summary.spanCount,
        services,
      };
      count(trace, 1);
      return trace;
    },

    forget: (trace) => count(trace, -1),

    chooseEvicted() {
      const chosen = chooseEvicted(byId);
      return chosen && { owner: chosen.service, hasFailed: chosen.hasFailed };
    },

    owners: () => [...byId.keys()],

    get spanCount() {
      return spanCount;
    },

    get traceCount() {
      return traceCount;
    },

    save() {
      for (const counts of changed) {
        const { id, name, plain, failed, traces, spans } = counts;
        if (plain + failed + traces + spans > 0) {
          sql.save.run(id, name, plain, failed, traces, spans);
          continue;
        }
        byId.delete(id);
        byName.delete(name);
        sql.remove.run(id);
      }
      changed.clear();
    },

    load,
  };
}
