// A gRPC service with a method of each kind, for every version of grpc-js, and a client of it.
import type * as Grpc from '@grpc/grpc-js';

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (value: Buffer) => {
    if (value.toString() === 'malformed') throw new Error('cannot be read');
    return value.toString();
  },
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (value: Buffer) => value.toString(),
};

function method(name: string, requestStream: boolean, responseStream: boolean) {
  return { path: `/shop.Shop/${name}`, originalName: name.toLowerCase(), requestStream, responseStream, ...text };
}

export const definition = {
  Buy: method('Buy', false, false),
  List: method('List', false, true),
  Upload: method('Upload', true, false),
  Chat: method('Chat', true, true),
};

/** A method that no server has. */
const strangeDefinition = { Strange: method('Strange', false, false) };

export type Callback = (error: unknown, answer?: string) => void;

export interface ShopClient extends Grpc.Client {
  Buy(request: string, ...rest: unknown[]): Grpc.ClientUnaryCall;
  List(request: string, ...rest: unknown[]): Grpc.ClientReadableStream<string>;
  Upload(...rest: unknown[]): Grpc.ClientWritableStream<string>;
  Chat(...rest: unknown[]): Grpc.ClientDuplexStream<string, string>;
  Strange(request: string, callback: Callback): Grpc.ClientUnaryCall;
}

export interface Shop {
  readonly server: Grpc.Server;
  readonly client: ShopClient;
  readonly port: number;
  close(): Promise<void>;
}

/** Binds a server to a free port, and makes a client of it. */
export async function openShop(
  grpc: typeof Grpc,
  handlers: Readonly<Record<string, (call: never, callback: Callback) => unknown>>,
  options: { readonly server?: object; readonly client?: object } = {},
): Promise<Shop> {
  const server = new grpc.Server(options.server);
  server.addService(definition, handlers as object as Grpc.UntypedServiceImplementation); // by the definition
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  if ('http2ServerList' in server) server.start(); // before 1.10
  const client = openClient(grpc, port, options.client);
  return {
    server,
    client,
    port,
    async close() {
      client.close();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

export function openClient(grpc: typeof Grpc, port: number, options: object = {}): ShopClient {
  const Client = grpc.makeGenericClientConstructor({ ...definition, ...strangeDefinition }, 'Shop');
  return new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options) as unknown as ShopClient; // by the definition
}

/** The promise of a unary call, which is resolved with the error, too. */
export function settled(call: (callback: Callback) => void): Promise<string> {
  return new Promise((resolve) => {
    call((error, answer) => resolve(error ? String((error as Error).message) : String(answer)));
  });
}
