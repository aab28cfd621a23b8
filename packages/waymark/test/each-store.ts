/** Opens the stores that each contract is tested with. Their files are removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../src/store/memory/memory-store.ts';
import type { DriverName } from '../src/store/sqlite/driver.ts';
import { hasNodeSqlite } from '../src/store/sqlite/open-driver.ts';
import { createSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { StoreLimits, TraceStore } from '../src/store/trace-store.ts';

/** Node.js below 22.13 has no SQLite: CI runs these tests on both sides of that. */
export const drivers: readonly DriverName[] = hasNodeSqlite()
  ? ['node:sqlite', 'node-sqlite3-wasm']
  : ['node-sqlite3-wasm'];

export type StoreKind = 'memory' | DriverName;

export const storeKinds: readonly StoreKind[] = ['memory', ...drivers];

export interface OpenOptions {
  readonly limits?: Partial<StoreLimits> | undefined;
  readonly now?: () => number;
  /** Default: a new file. The store in memory has none. */
  readonly path?: string;
}

export interface TestStores {
  /** Searches have no time limit, however slow the machine is. */
  open(kind: StoreKind, options?: OpenOptions): TraceStore;
  newPath(): string;
}

/** Call it where tests are declared. After each test, it closes the stores that are still open, and removes their files. */
export function setUpStores(): TestStores {
  let folder = '';
  const opened = new Set<TraceStore>();
  let files = 0;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waymark-store-'));
  });

  afterEach(() => {
    for (const store of opened) store.close();
    opened.clear();
    rmSync(folder, { recursive: true, force: true });
  });

  function newPath(): string {
    return join(folder, `${files++}.db`);
  }

  return {
    newPath,
    open(kind, { limits = {}, now = Date.now, path = newPath() } = {}) {
      const maxSearchMs = Number.POSITIVE_INFINITY;
      const store =
        kind === 'memory'
          ? createMemoryStore(limits, now, maxSearchMs)
          : createSqliteStore({ path, driver: kind, limits, now, maxSearchMs });
      opened.add(store);
      return {
        ...store,
        close() {
          opened.delete(store);
          store.close();
        },
      };
    },
  };
}
