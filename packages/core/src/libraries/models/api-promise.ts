/**
 * The promises of the SDKs of OpenAI and Anthropic, which one generator makes. Such a promise has methods, is parsed when its result is
 * first asked for, and may be parsed in several forms: it is returned as it is, and what it calls is watched.
 */
import { contained } from '../../count-fault.ts';
import { type EventReader, isEventStream, watchStream } from './event-stream.ts';
import type { ModelCall } from './model-call.ts';

/** How the answers of one kind of call are read. Both may throw. */
export interface Answers {
  /** A whole answer. */
  read?(call: ModelCall, answer: unknown): void;
  /** Makes the reader for the events of one stream. It is called once for each event. */
  readEvents?(call: ModelCall): EventReader;
}

/** The parts that are used. They are the same since OpenAI 4.0 and Anthropic 0.5. */
interface ApiPromise {
  responsePromise: Promise<unknown>;
  parseResponse(...args: unknown[]): unknown;
  /** Set when the result has been asked for. */
  readonly parsedPromise?: unknown;
  _thenUnwrap?(transform: unknown): ApiPromise;
  asResponse(): Promise<unknown>;
}

function isApiPromise(value: unknown): value is ApiPromise {
  if (typeof value !== 'object' || value === null) return false;
  const { responsePromise, parseResponse, asResponse } = value as Partial<ApiPromise>;
  return responsePromise instanceof Promise && typeof parseResponse === 'function' && typeof asResponse === 'function';
}

/** Ends the span of a call with the promise that the SDK has returned for it. */
export function watchResult(result: unknown, call: ModelCall, answers: Answers): void {
  if (isApiPromise(result)) watchApiPromise(result, call, answers);
  else call.end(); // a version that is not known
}

function watchApiPromise(promise: ApiPromise, call: ModelCall, answers: Answers): void {
  // It takes the place of the original, so that an unhandled rejection is still reported once.
  promise.responsePromise = promise.responsePromise.then(
    (response) => {
      call.noteArrival();
      return response;
    },
    (error: unknown) => {
      contained(failCall)(call, error);
      throw error;
    },
  );
  watchParsing(promise, call, answers);
  call.endWhenDropped(promise);
}

function failCall(call: ModelCall, error: unknown): void {
  call.fail(error);
}

function watchParsing(promise: ApiPromise, call: ModelCall, answers: Answers): void {
  const { parseResponse, _thenUnwrap, asResponse } = promise;
  promise.parseResponse = function parse(...args) {
    call.keep();
    // OpenAI 7 sends a request again if its body takes too long.
    const parsed = call.run(() => parseResponse.apply(this, args));
    return Promise.resolve(parsed).then(
      (answer) => {
        contained(noteAnswer)(answer, call, answers);
        return answer;
      },
      (error: unknown) => {
        contained(failCall)(call, error);
        throw error;
      },
    );
  };
  // The body is the application's, which may never read it.
  promise.asResponse = function raw() {
    const response = asResponse.call(this);
    this.responsePromise.then(
      () => {
        if (this.parsedPromise === undefined) call.end();
      },
      () => undefined, // it is `response` that rejects
    );
    return response;
  };
  if (_thenUnwrap === undefined) return;
  promise._thenUnwrap = function thenUnwrap(transform) {
    const derived = _thenUnwrap.call(this, transform);
    // OpenAI 7 does not derive it from this one, but from the request itself.
    if (isApiPromise(derived) && derived.responsePromise !== this.responsePromise) {
      derived.responsePromise = this.responsePromise;
      watchParsing(derived, call, answers);
    }
    if (isApiPromise(derived)) call.endWhenDropped(derived);
    return derived;
  };
}

function noteAnswer(answer: unknown, call: ModelCall, answers: Answers): void {
  if (isEventStream(answer)) {
    watchStream(answer, call, answers.readEvents?.(call));
    return;
  }
  try {
    answers.read?.(call, answer);
  } finally {
    call.end();
  }
}
