/** `POST /waymark/import`: stores the traces of a file. */
import type { FastifyInstance } from 'fastify';
import type { ImportAnswer } from '../api/types.ts';
import { maxFileBytes } from '../ingest/decode-file.ts';
import type { ServerContext } from './server-context.ts';

export function addImportRoute(app: FastifyInstance, { bodies, engine }: ServerContext): void {
  app.post('/waymark/import', async (request): Promise<ImportAnswer> => {
    const declared = request.headers['content-length'];
    const body = await bodies.read(request.raw, declared === undefined ? undefined : Number(declared), maxFileBytes);
    try {
      return await engine.importFile(body.bytes);
    } finally {
      body.release();
    }
  });
}
