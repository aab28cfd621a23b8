/**
 * What may never end: an event that is not acknowledged, or that middleware keeps; an acknowledgement that a client does not send. It ends
 * with the connection, and no more than 100 of one connection are kept.
 */

export interface Pending {
  /** Ends as if all had been done when it was last active. */
  abandon(): void;
}

const most = 100;
const pendingOf = new WeakMap<object, Set<Pending>>();

export function addPending(socket: object, pending: Pending): void {
  let all = pendingOf.get(socket);
  if (all === undefined) {
    all = new Set();
    pendingOf.set(socket, all);
  }
  all.add(pending);
  if (all.size <= most) return;
  const [oldest] = all;
  if (oldest !== undefined) {
    all.delete(oldest);
    oldest.abandon();
  }
}

export function removePending(socket: object, pending: Pending): void {
  pendingOf.get(socket)?.delete(pending);
}

/** Ends all of a connection that has closed. */
export function endPending(socket: object): void {
  const all = pendingOf.get(socket);
  if (all === undefined) return;
  pendingOf.delete(socket);
  for (const pending of all) pending.abandon();
}
