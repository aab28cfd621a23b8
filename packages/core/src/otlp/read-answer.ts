/** What a receiver's answer says: which spans it did not take, or why it took none. */
import type { Answer } from '../sending/http-post.ts';
import { readFields } from './protobuf-reader.ts';

/** OTLP's `ExportTracePartialSuccess`. Nothing rejected, with a message, is a warning. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

const fullSuccess: PartialSuccess = { rejectedSpans: 0, errorMessage: '' };

/** Reads the answer to a request that was accepted. One that cannot be read has nothing to say: it is a full success. */
export function readPartialSuccess({ contentType, body }: Answer): PartialSuccess {
  try {
    if (contentType.startsWith('application/json')) {
      const { partialSuccess } = JSON.parse(body.toString());
      return {
        rejectedSpans: Number(partialSuccess?.rejectedSpans ?? 0) || 0,
        errorMessage: String(partialSuccess?.errorMessage ?? ''),
      };
    }
    return contentType.startsWith('application/x-protobuf') ? readProtobuf(body) : fullSuccess;
  } catch {
    return fullSuccess;
  }
}

function readProtobuf(body: Buffer): PartialSuccess {
  let rejectedSpans = 0;
  let errorMessage = '';
  for (const message of readFields(body)) {
    if (message.number !== 1 || message.wireType !== 2) continue;
    for (const { number, value } of readFields(message.value)) {
      if (number === 1) rejectedSpans = Number(value);
      else if (number === 2) errorMessage = value.toString();
    }
  }
  return { rejectedSpans, errorMessage };
}

/** Reads the message of the `google.rpc.Status` in an answer that is an error, or takes the text that there is. */
export function readErrorMessage({ contentType, body }: Answer): string | undefined {
  try {
    if (contentType.startsWith('application/json')) {
      const { message } = JSON.parse(body.toString());
      return typeof message === 'string' ? message : undefined;
    }
    if (contentType.startsWith('application/x-protobuf')) {
      for (const { number, value } of readFields(body)) if (number === 2) return value.toString();
      return undefined;
    }
  } catch {
    return undefined;
  }
  return contentType.startsWith('text/plain') ? body.toString().trim() || undefined : undefined;
}
