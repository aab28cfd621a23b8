// Waymark as one file, for programs and realms that do not share the modules of the tests.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const contents = `
  export { createTracer, getTracer } from '@waymark/core';
  export { otlpExporter } from '@waymark/core/otlp';
  export { instrumentOutbound } from '@waymark/core/outbound';
  export { inMemoryExporter } from '@waymark/core/testing';
`;

let path: string | undefined;

/** Bundles Waymark from source, once for each test file, and returns the path of the CommonJS module. */
export function bundleWaymark(): string {
  if (path !== undefined) return path;
  path = join(mkdtempSync(join(tmpdir(), 'waymark-')), 'waymark.cjs');
  buildSync({
    stdin: { contents, resolveDir: __dirname },
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@waymark/source'],
  });
  return path;
}
