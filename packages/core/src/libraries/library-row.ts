/** A row of the table of libraries. */
import type { LibraryName } from '../libraries-option.ts';

export interface LibraryRow {
  readonly name: LibraryName;
  /** The folder in `node_modules`. */
  readonly packageName: string;
  /**
   * CommonJS modules of the package whose exports tracing takes, from the root of the package. Those that are not there, or not
   * loaded, are skipped. Absent: tracing takes nothing, and any loaded file of the package counts.
   */
  readonly files?: readonly string[];
  /** The same for ES modules. They are found only if they load later, on Node 22.15 and later. */
  readonly modules?: readonly string[];
  /**
   * A CommonJS package that only this library loads. Where it is loaded, and no file of the library is listed as CommonJS, the library has
   * been loaded as an ES module.
   */
  readonly companion?: string;
  /**
   * Channels of Node's `diagnostics_channel` that it publishes on, by their full names. It is found by the first message, also as an ES
   * module that was loaded before. Then tracing takes nothing.
   */
  readonly channels?: readonly string[];
  /**
   * Channels on which it publishes each client that it makes or uses, also as an ES module that was loaded before. Tracing takes what is published
   * as it takes exports, to reach the client's class. A channel that ends with `:start` is left after the first message.
   */
  readonly announcedBy?: readonly string[];
  /** A module of Node. */
  readonly isBuiltin?: boolean;
  /** What to write where the library is not found: in a bundle, or an ES module that was loaded before. */
  readonly byHand: string;
}
