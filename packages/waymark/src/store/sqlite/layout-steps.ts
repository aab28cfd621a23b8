/** Upgrades a file of an earlier layout. All steps run in one transaction, so a failed step leaves the file as it was. */
import type { Driver } from './driver.ts';
import { layout, layoutVersion } from './layout.ts';

/** A step either changes the tables, or sets the spans aside so that the store adds them again to new tables. */
export type LayoutStep =
  | {
      readonly from: number;
      /** SQL that leads to the next layout. */
      alter(driver: Driver): void;
    }
  | {
      readonly from: number;
      /** SQL that renames the tables with the spans, and drops the others. Leads to the current layout. */
      readonly setAside: string;
      /** SQL that reads the chunks after an `id`, in order. One row for each chunk: `id`, `traceId`, `added`, `data`. */
      readonly spans: string;
      /** SQL that drops the tables that were set aside. */
      readonly drop: string;
    };

export interface SpansSetAside {
  /** Up to `count` chunks after the given one, in order. */
  after(id: number, count: number): readonly SetAsideChunk[];
  drop(): void;
}

export interface SetAsideChunk {
  readonly id: number;
  readonly traceId: string;
  /** The time of the trace's last span, in Unix milliseconds. */
  readonly addedMs: number;
  readonly data: Uint8Array;
}

/** Reads chunks and traces that a step has renamed. Their columns are the same in these layouts. */
const oldChunks = {
  spans: `SELECT cid AS id, hex(trace_id) AS traceId, added, data FROM old_chunks JOIN old_traces ON tid = cid / 1048576
    WHERE cid > ? ORDER BY cid LIMIT ?`,
  drop: 'DROP TABLE old_chunks; DROP TABLE old_traces',
};

const layoutSteps: readonly LayoutStep[] = [
  {
    // Counts over time were in one table. Files of layout 0 have the version 1, too: isLayoutZero().
    from: 0,
    setAside: `DROP INDEX traces_by_start; DROP INDEX traces_by_age;
      ALTER TABLE traces RENAME TO old_traces; ALTER TABLE chunks RENAME TO old_chunks;
      DROP TABLE names; DROP TABLE terms; DROP TABLE durations; DROP TABLE failures; DROP TABLE slots; DROP TABLE services`,
    ...oldChunks,
  },
  {
    // Names are in the rows that use them, and a slot consists of parts with a limited number of series.
    from: 1,
    setAside: `DROP INDEX traces_by_start; DROP INDEX traces_by_age; DROP INDEX IF EXISTS traces_by_length;
      ALTER TABLE traces RENAME TO old_traces; ALTER TABLE chunks RENAME TO old_chunks;
      DROP TABLE names; DROP TABLE terms; DROP TABLE durations; DROP TABLE failures;
      DROP TABLE operation_slots; DROP TABLE map_slots; DROP TABLE services`,
    ...oldChunks,
  },
  {
    // The tables are the current ones. The errors in their rows were counted by span, and are now counted by failure.
    from: 2,
    setAside: `DROP INDEX traces_by_start; DROP INDEX traces_by_age; DROP INDEX IF EXISTS traces_by_length;
      ALTER TABLE traces RENAME TO old_traces; ALTER TABLE chunks RENAME TO old_chunks;
      DROP TABLE series; DROP TABLE terms; DROP TABLE durations; DROP TABLE failures;
      DROP TABLE operation_slots; DROP TABLE map_slots; DROP TABLE services`,
    ...oldChunks,
  },
];

interface Layout {
  readonly steps: readonly LayoutStep[];
  readonly version: number;
  /** SQL that creates the missing tables. */
  readonly tables: string;
}

/**
 * Begins a transaction and leaves it open: first for the spans that are set aside, if there are any, and then for the
 * commit.
 *
 * @param headerVersion The version in the file's header.
 * @returns `undefined` if the file has the current layout. Then there is no transaction.
 */
export function beginSteps(
  driver: Driver,
  headerVersion: number,
  { steps, version, tables }: Layout = { steps: layoutSteps, version: layoutVersion, tables: layout },
): { readonly spans: SpansSetAside | undefined } | undefined {
  const from = isLayoutZero(driver) ? 0 : headerVersion;
  if (from === version) return undefined;
  driver.exec('BEGIN IMMEDIATE');
  let spans: SpansSetAside | undefined;
  for (let at = from; at < version && spans === undefined; at++) {
    const step = steps.find((each) => each.from === at);
    if (step === undefined) throw new Error(`There is no step from layout ${at}`);
    if ('alter' in step) {
      step.alter(driver);
    } else {
      driver.exec(step.setAside);
      spans = spansSetAside(driver, step);
    }
  }
  driver.exec(`${tables}; PRAGMA user_version = ${version}`);
  return { spans };
}

function isLayoutZero(driver: Driver): boolean {
  return driver.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'slots'").get() !== undefined;
}

function spansSetAside(driver: Driver, step: { readonly spans: string; readonly drop: string }): SpansSetAside {
  const select = driver.prepare(step.spans);
  return {
    after: (id, count) =>
      select.all(id, count).map((row) => ({
        id: Number(row.id),
        traceId: String(row.traceId).toLowerCase(),
        addedMs: Number(row.added),
        data: row.data as Uint8Array, // BLOB NOT NULL
      })),
    drop: () => driver.exec(step.drop),
  };
}
