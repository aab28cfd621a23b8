// An Express app that calls a gRPC server, in one trace. There is nothing to write for gRPC.
import { Worker } from 'node:worker_threads';
import * as grpc from '@grpc/grpc-js';
import { tracing } from '@waymark/express';
import express from 'express';

// What a .proto file becomes: a method with its path, and how its messages are written and read.
const definition = {
  Buy: {
    path: '/shop.Shop/Buy',
    requestStream: false,
    responseStream: false,
    requestSerialize: Buffer.from,
    requestDeserialize: String,
    responseSerialize: Buffer.from,
    responseDeserialize: String,
  },
};

const server = new grpc.Server();
server.addService(definition, {
  Buy({ request }, callback) {
    if (request === 'moon') callback({ code: grpc.status.NOT_FOUND, details: 'it is not for sale' });
    else callback(null, `bought ${request}`);
  },
});
const port = await new Promise((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
});

const Shop = grpc.makeGenericClientConstructor(definition, 'Shop');
const client = new Shop(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

const app = express();
app.use(tracing({ serviceName: 'gateway', exporter: 'console' }));

app.get('/buy/:what', (req, res) => {
  client.Buy(req.params.what, (error, answer) => {
    if (error) res.status(404).json({ error: error.details });
    else res.json({ answer });
  });
});

const listening = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${listening.address().port}/buy`;
  // A client in its own thread, since its calls would be traced in this one.
  const requests = `fetch('${url}/book').then(() => fetch('${url}/moon'))`;
  new Worker(requests, { eval: true }).on('exit', () => {
    listening.close();
    client.close();
    server.forceShutdown();
  });
});

// What you should see:
//
// trace 51d24e53c3d2098fc9b97924aa0b3ff6  3 spans, 1 service, 26.5 ms
// gateway ▸ GET /buy/:what 200  26.5 ms  ─────────────────────────
// └─ → shop.Shop/Buy            18.3 ms    ─────────────────╴
//    └─ ▸ shop.Shop/Buy         3.51 ms               ╶───
//
// trace 91150b77655fa7864f22570bc240b65d  3 spans, 1 service, 13.8 ms, 1 failed
// gateway ▸ GET /buy/:what 404  13.8 ms  ─────────────────────────
// └─ → shop.Shop/Buy            5.28 ms   ─────────╴
//    │ ✗ NOT_FOUND: it is not for sale
//    └─ ▸ shop.Shop/Buy         0.58 ms         ╶╴
