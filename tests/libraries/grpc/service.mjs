// The same in an ES module, which has imported gRPC before there is a tracer.
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';

// Node loads TypeScript by require() only.
const require = createRequire(import.meta.url);
const { getTracer, withSpan } = require('@waymark/core');
const { openShop, settled } = require('./shop.ts');

const tracer = getTracer({ serviceName: 'shop', logLevel: 'none' });
const shop = await openShop(grpc, { Buy: (call, callback) => withSpan('buy', () => callback(null, call.request)) });
await setImmediate(); // what a script has loaded is looked at when the loop turns
await withSpan('request', () => settled((callback) => shop.client.Buy('book', callback)));
await shop.close();
await tracer.flush();
