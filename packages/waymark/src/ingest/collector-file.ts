/**
 * Splits a file that the OpenTelemetry Collector's file exporter writes as protobuf or compressed. It is a sequence of
 * messages, each after its length in four bytes.
 *
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/fileexporter
 */

export interface Messages {
  readonly whole: readonly Uint8Array[];
  /** Whether the file ends within a message, as a file that is still being written may. */
  readonly isCutOff: boolean;
}

/** `undefined` for any other file. */
export function splitMessages(file: Uint8Array): Messages | undefined {
  // A text file does not begin with a zero byte, and no message has 16 MiB.
  if (file[0] !== 0 || file.length < 5) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const whole: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= file.length) {
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (end > file.length) break;
    if (length > 0) whole.push(file.subarray(at + 4, end));
    at = end;
  }
  return whole.length > 0 ? { whole, isCutOff: at < file.length } : undefined;
}
