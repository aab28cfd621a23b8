/** Batches that were being stored when the thread failed. One that was there twice is refused from then on. */

export interface CrashingBatches {
  /** @returns Whether it is refused now. */
  note(digest: string): boolean;
  refused(): readonly string[];
}

// Exporters send a batch again within minutes; more than these do not go wrong in that time.
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
