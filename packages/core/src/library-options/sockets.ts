/** The options of sockets. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Options of a library for connections that stay open. */
export interface SocketLibraryOptions extends LibraryOptions {
  /**
   * Whether messages have spans. `false` for many messages a second: their handlers then run in the context of the request that opened
   * the connection, whose span has ended. Default `true`.
   */
  readonly messages?: boolean | undefined;
}

/** Options of Socket.IO. */
export interface SocketIoLibraryOptions extends SocketLibraryOptions {
  /** Whether the names of rooms are recorded, at most 16. They may be secret, or name users. Default `true`. */
  readonly rooms?: boolean | undefined;
}

/** Sockets. */
export interface SocketOptionsByLibrary {
  /** Events of Socket.IO. */
  readonly 'socket.io'?: boolean | SocketIoLibraryOptions | undefined;
  /** Messages of `ws`. */
  readonly ws?: boolean | SocketLibraryOptions | undefined;
}

export const socketDefaults: DefaultsOf<SocketOptionsByLibrary> = {
  'socket.io': { ...commonDefaults, messages: true, rooms: true },
  ws: { ...commonDefaults, messages: true },
};
