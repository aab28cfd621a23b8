/** The options of sockets. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Sockets. */
export interface SocketOptionsByLibrary {
  /** Events of Socket.IO. */
  readonly 'socket.io'?: boolean | LibraryOptions | undefined;
  /** Messages of `ws`. */
  readonly ws?: boolean | LibraryOptions | undefined;
}

export const socketDefaults: DefaultsOf<SocketOptionsByLibrary> = {
  'socket.io': commonDefaults,
  ws: commonDefaults,
};
