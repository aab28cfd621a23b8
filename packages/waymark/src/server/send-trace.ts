/** Sends all of a trace, however large it is: piece by piece, as fast as it is read. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Engine } from '../engine/start-engine.ts';
import type { PieceFormat } from '../engine/trace-texts.ts';

/**
 * @param around What stands before and behind the list of spans.
 * @returns `undefined` if there is no such trace, and nothing was sent.
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
    /** Offered for saving it. */
    readonly fileName?: string | undefined;
  },
): Promise<unknown> {
  const first = await tracePiece(traceId, format, 0);
  if (first === undefined) return undefined;
  void reply.header('content-type', 'application/json; charset=utf-8');
  if (fileName !== undefined) void reply.header('content-disposition', `attachment; filename="${fileName}"`);
  if (first.next === undefined) return reply.send(`${head}${first.text}${tail}`);

  async function* pieces(): AsyncIterable<string> {
    let piece = first;
    yield head;
    while (piece !== undefined) {
      yield piece.text;
      if (piece.next === undefined) {
        yield tail;
        return;
      }
      piece = await tracePiece(traceId, format, piece.next);
      if (piece !== undefined && piece.text !== '') yield ',';
    }
    // It has made room for newer ones meanwhile. The connection is cut: what came must not look like all of it.
    throw new Error(`Trace ${traceId} is gone.`);
  }

  return reply.send(Readable.from(pieces()));
}
