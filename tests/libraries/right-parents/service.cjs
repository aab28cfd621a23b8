// The service whose traces are judged: `service.cjs '{"library":"pg","tracer":"…/waymark.cjs",…}'`. It is the same for every tracer. It reports
// its port over IPC; on `finish` it exports its spans, closes everything and ends by itself.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

const options = JSON.parse(process.argv[2] ?? '{}');
// Before the libraries are loaded: some tracers rewrite their modules.
const tracer = require(options.tracer)(options);
const load = createRequire(join(options.libraries, 'index.js'));
const { open } = require(`./programs/${options.library}.cjs`);

async function main() {
  const express = load('express');
  const app = express();
  tracer.express?.(app);
  const program = await open({
    load,
    server: options.server,
    /** A span of the application, made where this is called. */
    ownSpan: (n) => tracer.inSpan(`own-${n}`, () => undefined),
    telemetry: tracer.telemetry,
    folder: options.libraries,
  });
  app.get('/requests/:n', async (request, response) => {
    await program.run(Number(request.params.n));
    response.end('done');
  });
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', async () => {
    await program.close();
    await tracer.finish?.();
    server.close();
    server.closeAllConnections();
    process.disconnect();
  });
}

void main();
