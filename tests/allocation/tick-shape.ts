// Collects all garbage of a process at rest, and prints what V8 then knows of `process.nextTick()`: `tick-shape.ts traced`, or `bare`.
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { traceHandler } from '@waymark/core/http';

async function main(mode: string | undefined): Promise<void> {
  if (mode === 'traced') createServer(traceHandler((_request, response) => response.end(), { exporter: [] }));
  await runTicks();
  // A hidden class that is not used stays for two collections.
  for (let count = 0; count < 4; count++) {
    await nextTurn();
    gc?.();
  }
  await runTicks();
  Function('%DebugPrint(process.nextTick)')(); // no syntax of TypeScript's
}

async function runTicks(): Promise<void> {
  for (let count = 0; count < 500; count++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

void main(process.argv[2]);
