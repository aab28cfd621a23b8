/** `POST /waymark/import`: takes in a file with traces. */
import type { FastifyInstance } from 'fastify';
import type { ImportAnswer } from '../api/types.ts';
import { decodeFile } from '../ingest/decode-file.ts';
import { inflateBody } from '../ingest/inflate-body.ts';
import type { ServerContext } from './server-context.ts';

// A file of 50,000 spans has 40 MB.
const maxFileBytes = 128 * 1024 * 1024;

export function addImportRoute(app: FastifyInstance, { bodies, engine }: ServerContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/waymark/import', async (request): Promise<ImportAnswer> => {
    const declared = request.headers['content-length'];
    const body = await bodies.read(request.raw, declared === undefined ? undefined : Number(declared), maxFileBytes);
    try {
      // By its first bytes: browsers do not say what a file is packed with.
      const isPacked = body.bytes[0] === 0x1f && body.bytes[1] === 0x8b;
      const file = isPacked ? inflateBody(body.bytes, 'gzip', { maxBytes: maxFileBytes }) : body.bytes;
      const { format, spans, rejectedSpans, message } = decodeFile(file);
      await engine.add(spans);
      return {
        format,
        spanCount: spans.length,
        traceIds: [...new Set(spans.map(({ traceId }) => traceId))],
        rejectedSpans,
        ...(message !== undefined && { message }),
      };
    } finally {
      body.release();
    }
  });
}
