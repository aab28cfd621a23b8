/** The result of sending one batch. */
export type Delivery =
  | { readonly lostCount: 0; readonly warning?: string | undefined }
  | {
      readonly lostCount: number;
      /** The key in the statistics: `rejected` for spans that the receiver rejected. */
      readonly reason: string;
      readonly message: string;
      /** Present if the whole batch may be sent again. */
      readonly retry?: Retry | undefined;
      /** Present if the receiver would accept a smaller request: halves of the batch may be sent. */
      readonly isTooLarge?: true | undefined;
    };

/** Why a receiver did not accept a batch that may be sent again. */
export interface Retry {
  /** `busy`: the receiver said so. `cut`: the connection broke. `unreachable`: nothing at the address can answer. */
  readonly why: 'busy' | 'timeout' | 'cut' | 'unreachable';
  /** How long the receiver asks the client to wait, in milliseconds. */
  readonly afterMs?: number | undefined;
}
