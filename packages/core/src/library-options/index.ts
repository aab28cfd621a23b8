/** The types of the options, of all groups. */
export type { BackgroundOptionsByLibrary, ChildProcessOptions } from './background.ts';
export type { AwsSdkLibraryOptions, ClickhouseLibraryOptions, CloudOptionsByLibrary } from './cloud.ts';
export type {
  BullmqLibraryOptions,
  DatabaseOptionsByLibrary,
  MongooseLibraryOptions,
  PrismaLibraryOptions,
  RedisLibraryOptions,
  SqlLibraryOptions,
} from './databases.ts';
export type { GraphqlLibraryOptions, GraphqlOptionsByLibrary } from './graphql.ts';
export type { LibraryOptions } from './library-options.ts';
export type { KafkaLibraryOptions, MessagingLibraryOptions, MessagingOptionsByLibrary } from './messaging.ts';
export type { ModelLibraryOptions, ModelOptionsByLibrary } from './models.ts';
export type { RpcOptionsByLibrary } from './rpc.ts';
export type { SocketIoLibraryOptions, SocketLibraryOptions, SocketOptionsByLibrary } from './sockets.ts';
