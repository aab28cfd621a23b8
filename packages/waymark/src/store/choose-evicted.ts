/**
 * Whose traces make room for newer ones: those of the service that has the most spans, so that a noisy one does not push out the
 * others. Traces without errors go first, until those with errors are half of what the service has: an old error says less
 * than what happens now.
 */

/** Spans of the traces that begin at one service. */
export interface OwnedSpans {
  readonly plain: number;
  readonly failed: number;
}

export interface Evictable<Service> {
  readonly service: Service;
  readonly hasFailed: boolean;
}

/** @returns Of whose traces the oldest goes; `undefined` if there are none. */
export function chooseEvicted<Service>(
  services: Iterable<readonly [Service, OwnedSpans]>,
): Evictable<Service> | undefined {
  let most = 0;
  let chosen: Evictable<Service> | undefined;
  for (const [service, { plain, failed }] of services) {
    if (plain + failed <= most) continue;
    most = plain + failed;
    chosen = { service, hasFailed: failed > plain };
  }
  return chosen;
}
