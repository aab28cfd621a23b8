// @ts-check
// Gathers the spans that arrive into traces, and tells of each once it is whole: its root is there, and every span's parent.
import { EventEmitter } from 'node:events';

// The services send every 100 ms, each by its own clock: this long without news, and all have sent.
const quietMs = 300;
// What is not whole by then is told of as it is.
const patienceMs = 5000;

/**
 * @typedef {import('@waymark/core/testing').SpanData} SpanData
 * @param {import('@waymark/core/testing').OtlpReceiver} receiver
 * @returns {EventEmitter} Emits `trace` with a trace's spans, and whether it is whole.
 */
export function followTraces(receiver) {
  const traces = new EventEmitter();
  /** @type {Map<string, { spans: SpanData[], deadlineMs: number, timer?: NodeJS.Timeout }>} */
  const open = new Map();

  /** @param {SpanData} span */
  function add(span) {
    const { traceId } = span;
    const trace = open.get(traceId) ?? { spans: [], deadlineMs: Date.now() + patienceMs };
    open.set(traceId, trace);
    trace.spans.push(span);
    const isWhole = hasAllParents(trace.spans);
    clearTimeout(trace.timer);
    trace.timer = setTimeout(
      () => {
        open.delete(traceId);
        traces.emit('trace', trace.spans, isWhole);
      },
      isWhole ? quietMs : trace.deadlineMs - Date.now(),
    );
  }

  setInterval(() => {
    for (const span of receiver.spans) add(span);
    receiver.reset();
  }, 50);
  return traces;
}

/** @param {readonly SpanData[]} spans */
function hasAllParents(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
  return orphans.length === 1 && orphans[0]?.parentSpanId === undefined;
}
