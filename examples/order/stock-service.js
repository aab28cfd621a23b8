// @ts-check
// The gRPC service of stock.mjs. Without a .proto file, its messages are JSON.
import grpc from '@grpc/grpc-js';

/** @param {object} message */
const serialize = (message) => Buffer.from(JSON.stringify(message));
/** @param {Buffer} bytes */
const deserialize = (bytes) => JSON.parse(bytes.toString());

export const stockService = {
  reserve: {
    path: '/restaurant.Stock/Reserve',
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  },
};

const Stock = grpc.makeGenericClientConstructor(stockService, 'Stock');

/** A client with promises. @param {string} address */
export function connectToStock(address) {
  const client = new Stock(address, grpc.credentials.createInsecure());
  return {
    /** @param {{ dish: string }} request @returns {Promise<{ left: number }>} */
    reserve: (request) =>
      new Promise((resolve, reject) => {
        client.reserve?.(request, (/** @type {Error | null} */ error, /** @type {{ left: number }} */ response) =>
          error ? reject(error) : resolve(response),
        );
      }),
    close: () => client.close(),
  };
}
