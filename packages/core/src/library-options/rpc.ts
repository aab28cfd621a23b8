/** The options of remote procedure calls. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Remote procedure calls. */
export interface RpcOptionsByLibrary {
  /** gRPC by `@grpc/grpc-js`. */
  readonly grpc?: boolean | LibraryOptions | undefined;
  /** Connect by `@connectrpc/connect`. */
  readonly connectrpc?: boolean | LibraryOptions | undefined;
  /** tRPC. */
  readonly trpc?: boolean | LibraryOptions | undefined;
}

export const rpcDefaults: DefaultsOf<RpcOptionsByLibrary> = {
  grpc: commonDefaults,
  connectrpc: commonDefaults,
  trpc: commonDefaults,
};
