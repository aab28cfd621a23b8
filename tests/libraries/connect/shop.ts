// A service of Connect, without generated code.
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, file_google_protobuf_wrappers, type StringValue } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { withSpan } from '@waymark/core';

const text = '.google.protobuf.StringValue';
const file = {
  name: 'shop.proto',
  package: 'shop',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto'],
  service: [
    {
      name: 'Shop',
      method: [
        { name: 'Buy', inputType: text, outputType: text },
        { name: 'List', inputType: text, outputType: text, serverStreaming: true },
      ],
    },
  ],
};

/** @throws {Error} If the definition is wrong. */
function define() {
  const set = create(FileDescriptorSetSchema, { file: [file_google_protobuf_wrappers.proto, file] });
  const service = createFileRegistry(set).getService('shop.Shop');
  if (service === undefined) throw new Error('The service is not in its file.');
  return service;
}

export const shop = define();

/** What a client of the service has. */
export interface ShopClient {
  buy(request: { readonly value: string }): Promise<StringValue>;
  list(request: { readonly value: string }): AsyncIterable<StringValue>;
}

export function routes(router: ConnectRouter): void {
  const handlers: object = {
    buy: ({ value }: StringValue) =>
      withSpan('buy', () => {
        if (value === 'nothing') throw new ConnectError('no such item', Code.NotFound);
        if (value === 'broken') throw new TypeError('stock is broken');
        return { value: `bought ${value}` };
      }),
    async *list() {
      for (const value of ['one', 'two']) {
        withSpan(`give ${value}`, () => {});
        yield { value };
      }
    },
  };
  router.service(shop, handlers);
}
