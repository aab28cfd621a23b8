/**
 * Which calls repeat another: those to an address that an answer in the same span has just pointed to. No client says so
 * of its redirects; each is a request like any other.
 */

// A span that follows more redirects than this at one time is a crawler, to whom the count of each is nothing.
const maxAwaited = 64;

const awaitedBySpan = new WeakMap<object, Map<string, number>>();

/**
 * Notes that a response sent the client on.
 *
 * @param parent The span in which the call was made.
 * @param url The call's own address, for a location that is relative to it.
 * @param count Which repetition that makes.
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

/** Which repetition a call is; 0 for a first one. */
export function takeResendCount(parent: object, url: string): number {
  const awaited = awaitedBySpan.get(parent);
  const count = awaited?.get(url);
  if (count === undefined) return 0;
  awaited?.delete(url);
  return count;
}
