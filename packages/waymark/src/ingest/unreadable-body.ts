/** A body that is not what it is said to be, or more than fits in memory. Nothing of it is kept. */
export class UnreadableBody extends Error {
  readonly code: 'WAYMARK_UNREADABLE_BODY' = 'WAYMARK_UNREADABLE_BODY';
  /** What HTTP calls it: a mistake of the sender's, or too large. */
  readonly status: 400 | 413;

  constructor(message: string, { status = 400 }: { readonly status?: 400 | 413 } = {}) {
    super(message);
    this.name = 'UnreadableBody';
    this.status = status;
  }
}
