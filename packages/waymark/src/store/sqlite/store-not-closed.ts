/** The file could not be closed as it should be; the process ends nevertheless. The message says what is lost, if anything is. */
export class StoreNotClosed extends Error {
  readonly code: 'WAYMARK_STORE_NOT_CLOSED' = 'WAYMARK_STORE_NOT_CLOSED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreNotClosed';
  }
}
