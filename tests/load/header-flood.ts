// `npm run measure:header-flood [-- --rounds=500]`: what 64 kB of headers cost a service, compared with a plain request.
//
// Plain and flooded requests go to a traced and to an untraced server by turns, each over a new connection. The last
// two columns are the result: how much longer a flooded request takes than a plain one, with tracing, and how much of that is caused by
// tracing. Node reads the headers in any case.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { createTracer } from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { floods, maxHeaderSize, requestWith } from './header-floods.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '500' } } });

async function measure(rounds: number): Promise<void> {
  const answer: RequestListener = (_request, response) => void response.end('answered');
  const tracer = createTracer({
    exporter: [],
    propagators: ['tracecontext', 'baggage', 'b3multi', 'jaeger', 'xray'],
    env: {},
    flushOnExit: false,
  });
  const traced = await openConnection(traceHandler(answer, { tracer, outbound: false }));
  const bare = await openConnection(answer);
  const plain = requestWith([]);
  const table: Record<string, object> = {};
  for (const [name, headers] of Object.entries(floods)) {
    const flood = requestWith(headers);
    const times = {
      plain: [] as number[],
      flood: [] as number[],
      barePlain: [] as number[],
      bareFlood: [] as number[],
    };
    for (let round = 0; round < rounds; round++) {
      times.plain.push(await timeOf(traced, plain));
      times.barePlain.push(await timeOf(bare, plain));
      times.flood.push(await timeOf(traced, flood));
      times.bareFlood.push(await timeOf(bare, flood));
    }
    const tracedRatio = median(times.flood) / median(times.plain);
    const bareRatio = median(times.bareFlood) / median(times.barePlain);
    table[name] = {
      'plain µs': round(median(times.plain) * 1000),
      'flood µs': round(median(times.flood) * 1000),
      'flood µs, untraced': round(median(times.bareFlood) * 1000),
      ratio: round(tracedRatio),
      'ratio, untraced': round(bareRatio),
      'tracing adds µs': round((median(times.flood) - median(times.bareFlood)) * 1000),
    };
  }
  console.table(table);
  console.log(`Node ${process.versions.node}, medians of ${rounds}`);
  process.exit();
}

async function openConnection(listener: RequestListener): Promise<Socket> {
  const server = createServer({ maxHeaderSize }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a listening server has a port
  return socket.setNoDelay(true);
}

/** Milliseconds until the answer has arrived. It fits into one packet. */
async function timeOf(socket: Socket, request: Buffer): Promise<number> {
  const startedMs = performance.now();
  socket.write(request);
  const [answer] = await once(socket, 'data');
  if (!String(answer).startsWith('HTTP/1.1 200')) throw new Error(`Answered ${String(answer).slice(0, 100)}`);
  return performance.now() - startedMs;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function round(number: number): number {
  return Number(number.toPrecision(3));
}

measure(Number(values.rounds));
