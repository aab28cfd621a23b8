/**
 * Counts resends: a call to the address that a redirect in the same span has just named. No client marks its redirects; each is an
 * ordinary request.
 */

// A span that follows more redirects at one time is a crawler's, where the count has no use.
const maxAwaited = 64;

const awaitedBySpan = new WeakMap<object, Map<string, number>>();

/**
 * Notes a redirect.
 *
 * @param parent The span in which the call was made.
 * @param url The URL of the call, which a relative location refers to.
 * @param count The number of the resend that follows.
 */
export function expectResend(parent: object, url: string, location: string, count: number): void {
  if (!URL.canParse(location, url)) return;
  let awaited = awaitedBySpan.get(parent);
  if (awaited === undefined) {
    awaited = new Map();
    awaitedBySpan.set(parent, awaited);
  }
  const target = new URL(location, url);
  target.hash = ''; // not sent
  if (awaited.size < maxAwaited) awaited.set(target.href, count);
}

/** The number of a resend; 0 for a first call. */
export function takeResendCount(parent: object, url: string): number {
  const awaited = awaitedBySpan.get(parent);
  const count = awaited?.get(url);
  if (count === undefined) return 0;
  awaited?.delete(url);
  return count;
}
