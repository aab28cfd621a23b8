// Traces inside a context or outside one, collects all garbage of the idle process, and prints what V8 then
// knows of `process.nextTick()`, and whether the context's store is still held: `tick-shape.ts bare|traced|traced-within`.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { traceHandler } from '@waymark/core/http';

const trace = () => createServer(traceHandler((_request, response) => response.end(), { exporter: [] }));

async function main(mode: string | undefined): Promise<void> {
  if (mode === 'traced') trace();
  const store = mode === 'traced-within' ? traceWithinContext() : undefined;
  await runTicks();
  // An unused hidden class stays for some collections.
  for (let count = 0; count < 10; count++) {
    await nextTurn();
    gc?.();
  }
  await runTicks();
  Function('%DebugPrint(process.nextTick)')(); // TypeScript does not parse this syntax
  if (store) console.log(`store ${store.deref() === undefined ? 'let go' : 'held'}`);
}

function traceWithinContext(): WeakRef<object> {
  const store = {};
  new AsyncLocalStorage<object>().run(store, trace);
  return new WeakRef(store);
}

async function runTicks(): Promise<void> {
  for (let count = 0; count < 200; count++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

void main(process.argv[2]);
