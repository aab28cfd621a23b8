/** What has made room since the start, by service: of as many names as can be shown, and all together. */

export interface EvictedCounts {
  add(service: string, spanCount: number): void;
  counts(): { readonly evicted: Readonly<Record<string, number>>; readonly evictedCount: number };
}

// The status, which is sent each second, lists them.
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
