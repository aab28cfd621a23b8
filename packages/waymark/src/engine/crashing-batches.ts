/** Remembers the batches during which the thread failed. After two failures a batch is refused. */

export interface CrashingBatches {
  /** @returns Whether the batch is refused from now on. */
  note(digest: string): boolean;
  refused(): readonly string[];
}

// Exporters retry a batch within minutes. More batches than these do not fail in that time.
const maxRemembered = 1000;

export function createCrashingBatches(): CrashingBatches {
  const counts = new Map<string, number>();
  return {
    note(digest) {
      const count = (counts.get(digest) ?? 0) + 1;
      counts.delete(digest);
      counts.set(digest, count);
      const [oldest] = counts.keys();
      if (counts.size > maxRemembered && oldest !== undefined) counts.delete(oldest);
      return count >= 2;
    },
    refused: () => [...counts].filter(([, count]) => count >= 2).map(([digest]) => digest),
  };
}
