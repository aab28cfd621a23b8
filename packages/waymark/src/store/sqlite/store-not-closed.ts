/** The file could not be closed properly. The process ends nevertheless. The message says whether spans are lost. */
export class StoreNotClosed extends Error {
  readonly code: 'WAYMARK_STORE_NOT_CLOSED' = 'WAYMARK_STORE_NOT_CLOSED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreNotClosed';
  }
}
