/** What a receiver's answer says: which spans it did not take, or why it took none. */
import { type AnswerText, textOf, toLine } from '../sending/answer-text.ts';
import { readFields } from './protobuf-reader.ts';

/** OTLP's `ExportTracePartialSuccess`. Nothing rejected, with a message, is a warning. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

const fullSuccess: PartialSuccess = { rejectedSpans: 0, errorMessage: '' };

/** Reads the answer to a request that was accepted. One that cannot be read has nothing to say: it is a full success. */
export function readPartialSuccess({ body }: AnswerText): PartialSuccess {
  try {
    // The first byte tells, as the type does not always: protobuf's is a tag.
    if (!/^\s*\{/.test(body.toString('latin1', 0, 64))) return readProtobuf(body);
    const { partialSuccess } = JSON.parse(body.toString());
    return {
      rejectedSpans: toCount(partialSuccess?.rejectedSpans),
      errorMessage: toLine(String(partialSuccess?.errorMessage ?? '')),
    };
  } catch {
    return fullSuccess;
  }
}

/** The receiver's arithmetic does not disturb ours. */
function toCount(value: unknown): number {
  return Math.max(Math.trunc(Number(value)) || 0, 0); // not a number is falsy
}

function readProtobuf(body: Buffer): PartialSuccess {
  if (identifyBody(body) !== 'answer') return fullSuccess;
  let rejectedSpans = 0;
  let errorMessage = '';
  for (const message of readFields(body)) {
    for (const { number, value } of readFields(message.value as Buffer)) {
      if (number === 1) rejectedSpans = toCount(value);
      else if (number === 2) errorMessage = toLine(value.toString());
    }
  }
  return { rejectedSpans, errorMessage };
}

/** Whether bytes are an `ExportTraceServiceResponse`, which has one field, and that has a number and a text. */
export function identifyBody(body: Buffer): 'answer' | 'another' | 'unknown' {
  let kind: 'answer' | 'unknown' = 'answer';
  try {
    for (const { number, wireType, value } of readFields(body)) {
      if (number !== 1)
        kind = 'unknown'; // of a later version
      else if (wireType !== 2) return 'another';
      else {
        for (const field of readFields(value)) {
          if (field.number > 2) kind = 'unknown';
          else if (field.wireType !== (field.number === 1 ? 0 : 2)) return 'another';
        }
      }
    }
    return kind;
  } catch {
    return 'unknown';
  }
}

/** Reads the message of the `google.rpc.Status` in an answer that is an error, or takes what text there is. */
export function readErrorMessage(answer: AnswerText): string | undefined {
  return readStatus(answer) ?? textOf(answer);
}

function readStatus({ contentType, body }: AnswerText): string | undefined {
  if (!/^($|application\/(x-protobuf|protobuf|octet-stream))/.test(contentType)) return undefined;
  try {
    for (const { number, wireType, value } of readFields(body)) {
      if (number === 2 && wireType === 2) return textOf({ contentType: 'text/plain', body: value });
    }
  } catch {
    // no protobuf
  }
  return undefined;
}
