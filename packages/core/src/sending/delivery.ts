/** How sending one batch ended. */
export type Delivery =
  | { readonly lostCount: 0; readonly warning?: string | undefined }
  | {
      readonly lostCount: number;
      /** The key in the statistics: `rejected` for spans that the receiver did not like. */
      readonly reason: string;
      readonly message: string;
      /** There if the batch may be sent again, whole. */
      readonly retry?: Retry | undefined;
      /** There if the receiver would take less: halves of the batch may be sent. */
      readonly isTooLarge?: true | undefined;
    };

/** What is known of a receiver that did not take a batch this time. */
export interface Retry {
  /** `busy`: it said so. `cut`: the connection broke. `nobody-there`: there is nothing at the address that could answer. */
  readonly why: 'busy' | 'timeout' | 'cut' | 'nobody-there';
  /** How long it asked to be left alone, in milliseconds. */
  readonly afterMs?: number | undefined;
}
