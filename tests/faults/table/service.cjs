// A service that gets 200 requests a second, and then ends. It records each span that it has ended, and at its end the losses that
// its tracer reports. Its settings are its only argument.
'use strict';
const { openSync, writeFileSync, writeSync } = require('node:fs');
const { createServer } = require('node:http');
const { connect } = require('node:net');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');
const { onEnded, tracers } = require('./tracers.cjs');

const requestsPerSecond = 200;

const settings = JSON.parse(process.argv[2]);
const tracer = tracers[settings.tracer](settings);
const made = openSync(join(settings.folder, 'made'), 'a');
onEnded((spanId) => writeSync(made, spanId)); // at once: a killed process writes nothing later
process.on('exit', () => writeFileSync(join(settings.folder, 'lost'), String(tracer.lost())));

/** The current round. */
let latenciesMs = [];
let roundStart = process.cpuUsage();
let loadTimer;

const underWay = new Set();

const server = createServer((_request, response) => {
  const done = tracer.inSpan('GET /work', async () => {
    await tracer.inSpan('load', () => new Promise(setImmediate));
    response.end('{}');
  });
  underWay.add(done);
  void done.then(() => underWay.delete(done));
});

function startLoad(port) {
  const idle = [];
  const startMs = performance.now();
  let asked = 0;
  const ask = () => {
    // Requests come at fixed times: a blocked service answers late, and the delay counts.
    for (; startMs + (asked * 1000) / requestsPerSecond <= performance.now(); asked++) {
      const dueMs = startMs + (asked * 1000) / requestsPerSecond;
      const socket = idle.pop() ?? openSocket(port);
      socket.once('data', () => {
        latenciesMs.push(performance.now() - dueMs);
        idle.push(socket);
      });
      socket.write('GET /work HTTP/1.1\r\nhost: faults\r\n\r\n');
    }
  };
  loadTimer = setInterval(ask, 1000 / requestsPerSecond);
  return () => {
    clearInterval(loadTimer);
    for (const socket of idle) socket.destroy();
    server.close();
    server.closeAllConnections();
  };
}

function openSocket(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  return socket.on('error', () => {}); // it is cut at the end
}

let stopLoad = () => {};

const tasks = {
  load: () => {
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1', () => {
      stopLoad = startLoad(server.address().port);
    });
  },
  makeSpans: ({ count }) => {
    const ids = [];
    for (let index = 0; index < count; index++) ids.push(tracer.makeSpan(`span ${index}`));
    writeFileSync(made, ids.join('')); // writeSync() may write only a part
    process.send({ made: count });
  },
  endRound: () => {
    const { user, system } = process.cpuUsage(roundStart);
    process.send({ latenciesMs, cpuUs: user + system });
    latenciesMs = [];
    roundStart = process.cpuUsage();
  },
  breakNames: ({ isBroken }) => {
    const dns = require('node:dns');
    lookup ??= dns.lookup;
    const failing = (host, _options, callback) => {
      process.nextTick(
        callback,
        Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
          code: 'ENOTFOUND',
          syscall: 'getaddrinfo',
          hostname: host,
        }),
      );
    };
    dns.lookup = isBroken ? failing : lookup;
  },
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('this is not caught');
  },
  end: () => {
    stopLoad();
    process.disconnect();
  },
};

let lookup;

process.on('message', ({ task, ...details }) => tasks[task](details));
if (settings.handlesSigterm) {
  process.once('SIGTERM', async () => {
    stopLoad();
    process.disconnect();
    await Promise.all(underWay); // spans that end after the shutdown are lost
    await tracer.shutdown().catch(() => {}); // OpenTelemetry's may reject
  });
}
process.send({ ready: true });
