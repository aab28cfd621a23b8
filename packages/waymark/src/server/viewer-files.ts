/** Serves the viewer's files, and its page at the path of every screen. */
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
};

/** The folder is flat, so a name has no slash, and does not start with a dot. */
const fileName = /^\/([\w-][\w.-]*\.(?:js|css|svg|map))$/;

const screens = ['/', '/traces', '/trace/:traceId', '/operations', '/map', '/errors', '/compare/:one/:other'];

export function addViewerFiles(app: FastifyInstance, { folder }: { readonly folder: string }): void {
  for (const path of screens) app.get(path, (request, reply) => sendFile(request, reply, join(folder, 'index.html')));
  app.get('/:file', (request, reply) => {
    const name = fileName.exec(request.url.split('?', 1)[0] ?? '')?.[1];
    return name === undefined ? reply.callNotFound() : sendFile(request, reply, join(folder, name));
  });
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, path: string): Promise<unknown> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    if (path.endsWith('index.html')) {
      return reply
        .code(503)
        .send('The viewer has not been built. Run: node packages/waymark/scripts/build-viewer.mjs\n');
    }
    return reply.callNotFound();
  }
  const tag = `"${found.size.toString(36)}-${found.mtimeMs.toString(36)}"`;
  // Names stay the same when the package is updated, so browsers revalidate, and seldom download.
  void reply.header('cache-control', 'no-cache').header('etag', tag);
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply
    .header('content-type', contentTypes[extname(path)] ?? 'application/octet-stream')
    .send(await readFile(path));
}
