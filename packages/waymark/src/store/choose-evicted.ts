/**
 * Decides which traces make room for newer ones: those of the service with the most spans, so that one busy service
 * does not displace the others. Traces without errors go first, until traces with errors are half of the service's
 * spans: after that, an old error says less than current traces.
 */

/** The number of spans in the traces that begin at one service. */
export interface OwnedSpans {
  readonly plain: number;
  readonly failed: number;
}

export interface Evictable<Service> {
  readonly service: Service;
  readonly hasFailed: boolean;
}

/** @returns The service that loses its oldest trace; `undefined` if there are no traces. */
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
