/**
 * Remembers the headers that recent calls of this process have sent. A client that repeats a call with the headers of the first one,
 * as superagent does for a redirect, repeats our headers too, and only these may be replaced.
 *
 * It keeps two rings of numbers, and nothing of a request. The oldest entry makes room.
 */
import { hashText } from '../hash-text.ts';

// A resend follows its call at once. If a service makes this many calls in between, the older header stays: it is still valid, and
// of the same trace.
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
