/** Counts the spans that have made room since the start: by service for a limited number of services, and in total. */

export interface EvictedCounts {
  add(service: string, spanCount: number): void;
  counts(): { readonly evicted: Readonly<Record<string, number>>; readonly evictedCount: number };
}

// The status lists them, and is sent each second.
const maxServices = 200;

export function createEvictedCounts(): EvictedCounts {
  const services = new Map<string, number>();
  let evictedCount = 0;
  return {
    add(service, spanCount) {
      evictedCount += spanCount;
      const known = services.get(service);
      if (known !== undefined || services.size < maxServices) services.set(service, (known ?? 0) + spanCount);
    },
    counts: () => ({ evicted: Object.fromEntries(services), evictedCount }),
  };
}
