// A server and a client in one process, with nothing written for gRPC. The server is up before there is a tracer.
const grpc = require('@grpc/grpc-js');
const { definition, openShop, settled } = require('./shop.ts');
const { getTracer, withSpan } = require('@waymark/core');

async function main() {
  const shop = await openShop(grpc, { Buy: (call, callback) => withSpan('buy', () => callback(null, call.request)) });
  const tracer = getTracer({ serviceName: 'shop', logLevel: 'none' });
  const { instrumentLibraries } = require('@waymark/core/libraries');
  instrumentLibraries();
  await withSpan('request', () => settled((callback) => shop.client.Buy(definition.Buy.path, callback)));
  await shop.close();
  await tracer.flush();
}

main();
