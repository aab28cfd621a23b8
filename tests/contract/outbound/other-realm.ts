// Waymark with a separate `globalThis`, as each test file of a Jest worker has one, while Node's modules are shared.
import { readFileSync } from 'node:fs';
import { compileFunction, createContext } from 'node:vm';
import type { createTracer } from '@waymark/core';
import type { otlpExporter } from '@waymark/core/otlp';
import type { instrumentOutbound } from '@waymark/core/outbound';
import type { inMemoryExporter } from '@waymark/core/testing';
import { bundleWaymark } from './bundled-waymark.ts';

export interface Waymark {
  readonly createTracer: typeof createTracer;
  readonly getTracer: typeof createTracer;
  readonly instrumentOutbound: typeof instrumentOutbound;
  readonly inMemoryExporter: typeof inMemoryExporter;
  readonly otlpExporter: typeof otlpExporter;
}

export function loadInAnotherRealm(): Waymark {
  const parsingContext = createContext({ Buffer, URL, clearTimeout, performance, process, setImmediate, setTimeout });
  const source = readFileSync(bundleWaymark(), 'utf8');
  const module = { exports: {} as Waymark };
  const load = compileFunction(source, ['module', 'exports', 'require'], { parsingContext });
  load(module, module.exports, require);
  return module.exports;
}
