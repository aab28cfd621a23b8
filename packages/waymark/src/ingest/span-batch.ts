/** Collects the spans of one request while they are read. Invalid spans are left out, counted, and explained. */
import type { Span } from '../model/span.ts';
import { createSpanBounds } from './bound-span.ts';
import { type Cuts, createCuts } from './cuts.ts';
import { UnreadableBody } from './unreadable-body.ts';

export interface SpanBatch {
  add(span: Span): void;
  reject(reason: string): void;
  /** Called for each item that takes memory: a span, an attribute, an event, an item of a list. */
  countItem(): void;
  /** Counts what a decoder leaves out of the span that it adds next. */
  readonly cuts: Cuts;
  finish(): DecodedSpans;
}

export interface DecodedSpans {
  readonly spans: readonly Span[];
  /** The number of spans that were left out, each for its own reason. The others are kept. */
  readonly rejectedSpans: number;
  /** The number of spans that were kept in part, since they exceed a limit; absent if 0. */
  readonly cutSpans?: number;
  /** The reasons, each with its first example, and what was cut. */
  readonly message?: string;
}

/** An object while it is being read. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

// An item has at least two bytes on the wire and about a hundred in memory. Real requests of 64 MiB hold about a
// million items.
const maxItems = 3_000_000;

const maxReasons = 5;

export function createSpanBatch(): SpanBatch {
  const spans: Span[] = [];
  const reasons = new Map<string, number>();
  const cuts = createCuts();
  const bound = createSpanBounds(cuts);
  let rejectedSpans = 0;
  let cutSpans = 0;
  let cutsBefore = 0;
  let items = 0;

  function reject(reason: string): void {
    rejectedSpans++;
    if (reasons.has(reason) || reasons.size < maxReasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  return {
    add(span): void {
      const reason = explainInvalid(span);
      if (reason === undefined) spans.push(bound(span));
      else reject(reason);
      if (cuts.total > cutsBefore) {
        cutSpans++;
        cutsBefore = cuts.total;
      }
    },
    reject,
    cuts,
    countItem(): void {
      if (++items > maxItems) {
        throw new UnreadableBody(
          `The body has more than ${maxItems} spans, attributes, events and list items: send fewer spans at once.`,
          { status: 413 },
        );
      }
    },
    finish() {
      const messages = [...reasons].map(([reason, count]) => `${reason} (${count})`);
      const explanation = cuts.explain();
      if (explanation !== undefined) messages.push(explanation);
      return {
        spans,
        rejectedSpans,
        ...(cutSpans > 0 && { cutSpans }),
        ...(messages.length > 0 && { message: messages.join('; ') }),
      };
    },
  };
}

/** Checks what OTLP requires of each span. Other odd spans can be shown. */
function explainInvalid({ traceId, spanId, parentSpanId, startTimeUnixNano, name }: Span): string | undefined {
  if (!isId(traceId, 32)) return `traceId must be 32 hex digits, not all 0, got ${showId(traceId)}`;
  if (!isId(spanId, 16)) return `spanId must be 16 hex digits, not all 0, got ${showId(spanId)}`;
  if (parentSpanId !== undefined && !isId(parentSpanId, 16)) {
    return `parentSpanId must be 16 hex digits, or absent, got ${showId(parentSpanId)}`;
  }
  if (startTimeUnixNano === '0') return `the start time of ${show(name)} is missing`;
  return undefined;
}

/** Lower-case hex digits that are not all 0. */
function isId(id: string, length: 16 | 32): boolean {
  if (id.length !== length) return false;
  let hasOther = false;
  for (let at = 0; at < length; at++) {
    const code = id.charCodeAt(at);
    if (code === 48) continue;
    hasOther = true;
    // 1-9, a-f
    if (!((code > 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return hasOther;
}

/** Protobuf's own JSON has bytes as base64, and some libraries write ids so: 16 bytes or 8. */
function showId(id: string): string {
  const isBase64 = /^(?:[\w+/-]{22}==|[\w+/-]{11}=)$/.test(id);
  return `${show(id)}${isBase64 ? ', which is base64: in JSON, OTLP has hex' : ''}`;
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
