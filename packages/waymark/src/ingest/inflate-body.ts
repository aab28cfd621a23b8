/** Decodes `Content-Encoding`, and stops when the body exceeds its limit: a kilobyte can unpack to a gigabyte. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { inflateZstd } from './inflate-zstd.ts';
import { UnreadableBody } from './unreadable-body.ts';

export type BodyEncoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd';

// OTLP/HTTP: a receiver may refuse requests of more than 64 MiB before compression.
const maxInflatedBytes = 64 * 1024 * 1024;

/** @throws {UnreadableBody} */
export function inflateBody(
  body: Uint8Array,
  encoding: BodyEncoding,
  { maxBytes = maxInflatedBytes }: { readonly maxBytes?: number } = {},
): Uint8Array {
  const inflate = inflaters[encoding];
  if (inflate === undefined) return body;
  try {
    return inflate(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new UnreadableBody(
        `The body has more than ${maxBytes} bytes when it is unpacked: send fewer spans at once.`,
        {
          status: 413,
        },
      );
    }
    const { message: reason } = error as Error; // none of them throws anything else
    throw new UnreadableBody(`The body is not ${encoding}, as its Content-Encoding says: ${reason}`);
  }
}

const inflaters: Readonly<Record<BodyEncoding, typeof inflateZstd | undefined>> = {
  identity: undefined,
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: inflateZstd,
};
