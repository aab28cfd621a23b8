/** Reads a receiver's answer: how many spans it rejected, or why it rejected the request. */
import { type AnswerText, textOf, toLine } from '../sending/answer-text.ts';
import { readFields } from './protobuf-reader.ts';

/** OTLP's `ExportTracePartialSuccess`. A message without rejected spans is a warning. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

const fullSuccess: PartialSuccess = { rejectedSpans: 0, errorMessage: '' };

/** Reads the answer to an accepted request. An unreadable answer counts as a full success. */
export function readPartialSuccess({ body }: AnswerText): PartialSuccess {
  try {
    // The first byte decides, since some receivers send a wrong type: protobuf begins with a tag.
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

/** A count of rejected spans; 0 for any other value. */
function toCount(value: unknown): number {
  return Math.max(Math.trunc(Number(value)) || 0, 0); // NaN is falsy
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

/** Recognizes an `ExportTraceServiceResponse`: it has one field, a message with a number and a string. */
export function identifyBody(body: Buffer): 'answer' | 'another' | 'unknown' {
  let kind: 'answer' | 'unknown' = 'answer';
  try {
    for (const { number, wireType, value } of readFields(body)) {
      if (number !== 1)
        kind = 'unknown'; // from a later version
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

/** Reads the message of the `google.rpc.Status` in an error answer, or any text in it. */
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
    // not protobuf
  }
  return undefined;
}
