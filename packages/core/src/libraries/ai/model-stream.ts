/**
 * The stream of a model's answer, as the AI SDK gets it from a provider. The SDK reads it through `pipeThrough()`, which is replaced on
 * this one object: it then reads a stream that passes each part on.
 */
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { ModelCall } from '../models/model-call.ts';
import { partsOf, recordAnswer, recordResponse } from './ai-facts.ts';

/**
 * Ends the span of a call with its stream.
 *
 * @param agent The call that it is for. The SDK does not always say how that has ended.
 */
export function watchModelStream(stream: ReadableStream<unknown>, call: ModelCall, agent: ModelCall | undefined): void {
  const { pipeThrough } = stream;
  if (typeof pipeThrough !== 'function' || typeof stream.getReader !== 'function') {
    call.end();
    return;
  }
  call.endWhenDropped(stream);
  Object.defineProperty(stream, 'pipeThrough', {
    configurable: true,
    writable: true,
    value(...args: Parameters<typeof pipeThrough>) {
      delete (stream as { pipeThrough?: unknown }).pipeThrough;
      return pipeThrough.apply(observed(stream, call, agent), args);
    },
  });
}

function observed(
  stream: ReadableStream<unknown>,
  call: ModelCall,
  agent: ModelCall | undefined,
): ReadableStream<unknown> {
  const reader = stream.getReader();
  const texts: { text: string; readonly calls: object[] } | undefined = call.hasContents
    ? { text: '', calls: [] }
    : undefined;
  const end = contained(() => {
    if (texts !== undefined) {
      const parts = [...(texts.text === '' ? [] : [{ type: 'text', content: texts.text }]), ...texts.calls];
      call.setContent('gen_ai.output.messages', [{ role: 'assistant', parts }]);
    }
    call.end();
    agent?.noteArrival();
  });
  const fail = contained((error: unknown) => {
    call.fail(error);
    agent?.noteFailure(error);
  });
  const note = contained((part: unknown) => {
    const type = readProperty(part, 'type');
    if (typeof type !== 'string') return;
    if (/-delta$|^tool-call$|^file$|^source$/.test(type)) call.noteChunk();
    if (type === 'response-metadata') recordResponse(call, part);
    else if (type === 'finish') recordAnswer(call, part);
    else if (type === 'error') fail(readProperty(part, 'error'));
    else if (texts !== undefined && type === 'text-delta')
      texts.text += textOf(part, maxTextLength - texts.text.length);
    else if (texts !== undefined && type === 'tool-call') texts.calls.push(...partsOf([part]));
  });
  const passing = new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            end();
            controller.close();
          } else {
            note(value);
            controller.enqueue(value);
          }
        } catch (error) {
          fail(error);
          throw error; // the same for its reader
        }
      },
      cancel(reason) {
        if (reason === undefined || readProperty(reason, 'name') !== 'AbortError') end();
        else fail(reason);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 }, // nothing is read ahead
  );
  call.endWhenDropped(passing);
  return passing;
}

// What is longer is cut when it is recorded.
const maxTextLength = 16_384;

function textOf(part: unknown, left: number): string {
  const text = readProperty(part, 'delta') ?? readProperty(part, 'textDelta');
  return typeof text === 'string' && left > 0 ? text.slice(0, left) : '';
}
