/**
 * Unpacks Zstandard, frame by frame. Node.js can unpack a frame from 22.15 and 23.8 on. Before that a JavaScript
 * library does it, a few times slower. Node 22 and 24 ignore data after the first frame, Node 22 ignores that a frame
 * is cut off, and the library allocates as much as a frame claims to need. So the frames are checked first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878
 */
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';

type Inflate = (frame: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

const native = (zlib as { readonly zstdDecompressSync?: Inflate }).zstdDecompressSync; // types are those of Node 20

/**
 * @throws Like the functions of node:zlib: `ERR_BUFFER_TOO_LARGE` beyond `maxOutputLength`, another error for damaged
 *   data.
 */
export function inflateZstd(body: Uint8Array, { maxOutputLength }: { readonly maxOutputLength: number }): Uint8Array {
  return inflateFrames(body, maxOutputLength, native ?? inflateByLibrary);
}

/** @param inflate Unpacks one frame. Tests pass each implementation. */
export function inflateFrames(body: Uint8Array, maxOutputLength: number, inflate: Inflate): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const frame of framesOf(body, maxOutputLength)) {
    const part = inflate(frame, { maxOutputLength: Math.max(maxOutputLength - length, 1) });
    length += part.length;
    if (length > maxOutputLength) throw tooLarge(maxOutputLength);
    parts.push(part);
  }
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, length);
}

export function inflateByLibrary(
  frame: Uint8Array,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const decompress = new Decompress((part) => {
    length += part.length;
    if (length > maxOutputLength) throw tooLarge(maxOutputLength);
    parts.push(part);
  });
  decompress.push(frame, true);
  return Buffer.concat(parts, length);
}

// RFC 9659 has this limit for HTTP. `zstd -19` uses as much.
const maxWindowBytes = 8 * 1024 * 1024;
// RFC 8878, 3.1.1.2.4
const maxBlockBytes = 128 * 1024;
// A frame may have only nine bytes, and each frame has a start-up cost.
const maxFrames = 10_000;

const frameMagic = 0xfd2fb528;

/** Finds the frames by going from block to block, without unpacking. */
function framesOf(body: Uint8Array, maxOutputLength: number): Uint8Array[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const frames: Uint8Array[] = [];
  let at = 0;
  try {
    while (at < body.length) {
      const start = at;
      const magic = view.getUint32(at, true);
      if (magic >>> 4 === 0x184d2a5)
        at += 8 + view.getUint32(at + 4, true); // a skippable frame
      else if (magic !== frameMagic) throw new Error('unknown frame descriptor');
      else {
        at = endOfFrame(view, at + 4, maxOutputLength);
        frames.push(body.subarray(start, at));
      }
      if (frames.length > maxFrames) throw new Error(`it has more than ${maxFrames} frames`);
    }
  } catch (error) {
    // The DataView throws it. It is checked by name, not by class: in Jest, Node's own classes come from another realm.
    if ((error as Error).name === 'RangeError' && !('code' in (error as Error))) throw cutOff();
    throw error;
  }
  if (at > body.length) throw cutOff();
  return frames;
}

function endOfFrame(view: DataView, start: number, maxOutputLength: number): number {
  const descriptor = view.getUint8(start);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 4) !== 0;
  let at = start + 1;
  if (!isSingleSegment) {
    const window = view.getUint8(at++);
    const base = 2 ** (10 + (window >> 3));
    const bytes = base + (base / 8) * (window & 7);
    if (bytes > maxWindowBytes) throw new Error(`a window of ${bytes} bytes is larger than ${maxWindowBytes}`);
  }
  if ((descriptor & 3) !== 0) throw new Error('it needs a dictionary');
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (readSize(view, at, sizeBytes) > maxOutputLength) throw tooLarge(maxOutputLength);
  at += sizeBytes;
  for (;;) {
    const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (size > maxBlockBytes) throw new Error(`a block of ${size} bytes is larger than ${maxBlockBytes}`);
    at += 3 + (type === 1 ? 1 : size); // type 1 is one repeated byte
    if ((header & 1) === 1) return at + (hasChecksum ? 4 : 0);
  }
}

/** Little-endian. A size of two bytes is stored less 256. */
function readSize(view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return 0;
  }
}

function cutOff(): Error {
  return new Error('unexpected end of file');
}

function tooLarge(maxOutputLength: number): Error {
  return Object.assign(new RangeError(`it is larger than ${maxOutputLength} bytes`), { code: 'ERR_BUFFER_TOO_LARGE' });
}
