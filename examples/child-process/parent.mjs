// A trace that continues in a child process. The context is in its environment, as TRACEPARENT, which tools in other languages read too.
// Waymark writes it there, since the parent passes no `env` of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environmentGetter, extract, getTracer, withSpan } from '@waymark/core';

const isChild = process.argv[2] === 'child';
getTracer({ serviceName: isChild ? 'resize' : 'upload', exporter: 'console' });

if (isChild) {
  // Without the variable, as when started from a shell, a new trace starts.
  await withSpan('resize', { parent: extract(process.env, environmentGetter) }, async (span) => {
    span.setAttribute('image.width', 320);
  });
} else {
  await withSpan('upload', async () => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'child'], { stdio: 'inherit' });
    await once(child, 'exit');
  });
}

// What you should see:
//
// trace fdd37559408022fe32983f3d2c1bf28e  1 span, 1 service, 0.73 ms
// resize resize image.width=320  0.73 ms  ─────────────────────────
//
// trace fdd37559408022fe32983f3d2c1bf28e  2 spans, 1 service, 352 ms
// upload upload   352 ms  ─────────────────────────
// └─ → node       350 ms  ─────────────────────────
