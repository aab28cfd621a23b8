/**
 * What calls of this process have sent a moment ago. A client that repeats a call with the headers of the first one, as superagent
 * does for a redirect, brings our own headers back, and only these may be replaced.
 *
 * Two rings of numbers: nothing of a request is kept, and the oldest entry makes room.
 */
import { hashText } from '../hash-text.ts';

// A repetition follows its call at once. A service that makes this many calls in between keeps the older header: it is
// still a valid one, of the same trace.
const maxSpans = 1024;
const maxBaggage = 128;

let spans: Int32Array | undefined;
let nextSpan = 0;
const baggage: number[] = [];
let nextBaggage = 0;

export function rememberSpan(idHigh: number, idLow: number): void {
  spans ??= new Int32Array(2 * maxSpans);
  spans[nextSpan] = idHigh;
  spans[nextSpan + 1] = idLow;
  nextSpan = (nextSpan + 2) % spans.length;
}

export function wasSpanSent(idHigh: number, idLow: number): boolean {
  if (spans === undefined || (idHigh | idLow) === 0) return false;
  for (let index = 0; index < spans.length; index += 2) {
    if (spans[index] === idHigh && spans[index + 1] === idLow) return true;
  }
  return false;
}

export function rememberBaggage(header: string): void {
  const hash = hashText(header);
  if (baggage.includes(hash)) return;
  baggage[nextBaggage] = hash;
  nextBaggage = (nextBaggage + 1) % maxBaggage;
}

export function wasBaggageSent(header: string): boolean {
  return baggage.length > 0 && baggage.includes(hashText(header));
}
