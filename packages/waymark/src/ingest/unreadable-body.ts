/** The body is not in the stated format, or needs too much memory. Nothing of it is kept. */
export class UnreadableBody extends Error {
  readonly code: 'WAYMARK_UNREADABLE_BODY' = 'WAYMARK_UNREADABLE_BODY';
  /** The HTTP status: a mistake of the sender, or too large. */
  readonly status: 400 | 413;

  constructor(message: string, { status = 400 }: { readonly status?: 400 | 413 } = {}) {
    super(message);
    this.name = 'UnreadableBody';
    this.status = status;
  }
}
