/** Sends a whole trace of any size, piece by piece, as fast as the client reads it. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Engine } from '../engine/start-engine.ts';
import type { PieceFormat } from '../engine/trace-json.ts';

/**
 * @param around What to send before and after the list of spans.
 * @returns `undefined` for an unknown trace; nothing was sent then.
 */
export async function sendTrace(
  reply: FastifyReply,
  { tracePiece }: Pick<Engine, 'tracePiece'>,
  {
    traceId,
    format,
    around: [head, tail],
    fileName,
  }: {
    readonly traceId: string;
    readonly format: PieceFormat;
    readonly around: readonly [string, string];
    /** The name for saving the file. */
    readonly fileName?: string | undefined;
  },
): Promise<unknown> {
  const first = await tracePiece(traceId, format, 0);
  if (first === undefined) return undefined;
  void reply.header('content-type', 'application/json; charset=utf-8');
  if (fileName !== undefined) void reply.header('content-disposition', `attachment; filename="${fileName}"`);
  if (first.next === undefined) return reply.send(`${head}${first.json}${tail}`);

  async function* pieces(): AsyncIterable<string> {
    let piece = first;
    yield head;
    while (piece !== undefined) {
      yield piece.json;
      if (piece.next === undefined) {
        yield tail;
        return;
      }
      piece = await tracePiece(traceId, format, piece.next);
      if (piece !== undefined && piece.json !== '') yield ',';
    }
    // The trace was deleted meanwhile. An error closes the connection, so that the client does not take the first part for the whole.
    throw new Error(`Trace ${traceId} was deleted while it was sent.`);
  }

  return reply.send(Readable.from(pieces()));
}
