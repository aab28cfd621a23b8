// Counts the spans that dd-trace sends its agent: msgpack, an array of traces, each an array of spans.

/** @param path `/v0.4/traces` is the traces alone; `/v0.5/traces` has a table of strings before them. */
export function countMsgpackSpans(path: string, body: Buffer): number {
  if (!path.includes('/traces')) return 0;
  let position = 0;
  const readUint = (byteCount: number): number => {
    position += byteCount;
    return body.readUIntBE(position - byteCount, byteCount);
  };

  function readArrayLength(): number {
    const type = readUint(1);
    if (type >= 0x90 && type <= 0x9f) return type & 0x0f;
    if (type === 0xdc) return readUint(2);
    if (type === 0xdd) return readUint(4);
    throw new RangeError(`An array was expected at byte ${position - 1}, got type ${type}.`);
  }

  function skip(count: number): void {
    for (let index = 0; index < count; index++) skipValue();
  }

  function skipBytes(count: number): void {
    position += count;
  }

  function skipValue(): void {
    const type = readUint(1);
    if (type <= 0x7f || type >= 0xe0) return; // small integers
    if (type <= 0x8f) skip((type & 0x0f) * 2);
    else if (type <= 0x9f) skip(type & 0x0f);
    else if (type <= 0xbf) skipBytes(type & 0x1f);
    else skipSized(type);
  }

  // https://github.com/msgpack/msgpack/blob/master/spec.md, "Formats"
  function skipSized(type: number): void {
    if (type === 0xc0 || type === 0xc2 || type === 0xc3) return;
    if (type === 0xc4 || type === 0xd9) skipBytes(readUint(1));
    else if (type === 0xc5 || type === 0xda) skipBytes(readUint(2));
    else if (type === 0xc6 || type === 0xdb) skipBytes(readUint(4));
    else if (type === 0xca) skipBytes(4);
    else if (type === 0xcb) skipBytes(8);
    else if (type >= 0xcc && type <= 0xcf) skipBytes(1 << (type - 0xcc));
    else if (type >= 0xd0 && type <= 0xd3) skipBytes(1 << (type - 0xd0));
    else if (type === 0xdc) skip(readUint(2));
    else if (type === 0xdd) skip(readUint(4));
    else if (type === 0xde) skip(readUint(2) * 2);
    else if (type === 0xdf) skip(readUint(4) * 2);
    else throw new RangeError(`Type ${type} at byte ${position - 1} is not used by dd-trace.`);
  }

  if (path.includes('v0.5')) {
    readArrayLength();
    skipValue();
  }
  let spanCount = 0;
  for (let traces = readArrayLength(); traces > 0; traces--) {
    const spans = readArrayLength();
    spanCount += spans;
    skip(spans);
  }
  return spanCount;
}
