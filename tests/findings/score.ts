/** Compares the findings of the analysis in made traces with the right ones. */
import { analyseTrace, type TraceAnalysis, type TraceOutline, toOutline } from 'waymark/analysis';
import { createRandom } from './random.ts';
import { type Operation, type Run, runProgram, type Span } from './run-program.ts';
import type { Expected, MadeTrace, Shape } from './shape.ts';

/** The counts of one kind of finding. */
export interface Score {
  /** Right: expected and found. Wrong: found but not expected. Missed: expected but not found. */
  right: number;
  wrong: number;
  missed: number;
}

export interface PopulationScore {
  readonly traceCount: number;
  readonly spanCount: number;
  readonly byKind: ReadonlyMap<string, Score>;
  /** Sentences about what is wrong, the first for each shape. */
  readonly faults: readonly string[];
  readonly paths: PathScore;
}

/** Checks of the critical path, and of the saving that a finding claims. */
export interface PathScore {
  /** The number of traces with a path that adds up to their duration, to the nanosecond. */
  exactCount: number;
  /**
   * The number of loops with a claim, and of claims that are real when the program runs with one call in place of the
   * loop.
   */
  claimCount: number;
  trueClaimCount: number;
  /** The claimed and the real saving, summed over all loops on the path. */
  claimedMs: number;
  sparedMs: number;
}

/** @param seed Traces of one shape differ by their number, and are the same in each run. */
export function scorePopulation(shapes: readonly Shape[], tracesOfShape: number, seed = 1): PopulationScore {
  const byKind = new Map<string, Score>();
  const faults = new Map<string, string>();
  const paths: PathScore = { exactCount: 0, claimCount: 0, trueClaimCount: 0, claimedMs: 0, sparedMs: 0 };
  let spanCount = 0;
  shapes.forEach((shape, shapeIndex) => {
    for (let number = 0; number < tracesOfShape; number++) {
      const made = shape.make(createRandom(seed * 1_000_003 + shapeIndex * 1009 + number));
      const run = runProgram(made.roots, made.clocks === undefined ? {} : { clocks: made.clocks });
      const spans = made.alter?.(run.spans, run.labels) ?? run.spans;
      spanCount += spans.length;
      const outline = toOutline(spans);
      const trace: TracedRun = { made, run, spans, outline, analysis: analyseTrace(outline) };
      const expected = listExpected(trace);
      const found = listFound(trace);
      for (const key of new Set([...expected, ...found])) {
        const kind = key.split(':', 1)[0] as string;
        const score = byKind.get(kind) ?? { right: 0, wrong: 0, missed: 0 };
        byKind.set(kind, score);
        if (!found.has(key)) score.missed++;
        else if (!expected.has(key)) score.wrong++;
        else score.right++;
        if (found.has(key) === expected.has(key) || faults.has(`${shape.name} ${kind}`)) continue;
        faults.set(
          `${shape.name} ${kind}`,
          `${shape.name}, trace ${number}: ${key} was ${found.has(key) ? 'found and is not there' : 'not found'}`,
        );
      }
      const fault = scorePath(trace, paths);
      if (fault !== undefined && !faults.has(`${shape.name} path`)) {
        faults.set(`${shape.name} path`, `${shape.name}, trace ${number}: ${fault}`);
      }
    }
  });
  return { traceCount: shapes.length * tracesOfShape, spanCount, byKind, faults: [...faults.values()], paths };
}

export function precisionOf({ right, wrong }: Score): number {
  return right + wrong === 0 ? 1 : right / (right + wrong);
}

export function recallOf({ right, missed }: Score): number {
  return right + missed === 0 ? 1 : right / (right + missed);
}

interface TracedRun {
  readonly made: MadeTrace;
  readonly run: Run;
  readonly spans: readonly Span[];
  readonly outline: TraceOutline;
  readonly analysis: TraceAnalysis;
}

/** `kind` or `kind:where`. */
function listExpected({ made, run }: TracedRun): Set<string> {
  const keys = made.expected.map((expected) => keyOf(expected, run));
  const isAltered = made.alter !== undefined || made.clocks !== undefined;
  const known = isAltered
    ? []
    : [...run.gaps.map((id) => `gap:${id}`), ...run.errorOrigins.map((id) => `error-origin:${id}`)];
  return new Set([...keys, ...known]);
}

function keyOf(expected: Expected, run: Run): string {
  switch (expected.kind) {
    case 'n+1':
    case 'parallel-n+1':
      return `${expected.kind}:${expected.loop}`;
    case 'outlives-parent':
      return `${expected.kind}:${run.labels.get(expected.label)?.[0]}`;
    case 'clock-skew':
      return `${expected.kind}:${expected.service}`;
    default:
      return expected.kind;
  }
}

function listFound(trace: TracedRun): Set<string> {
  const { made, outline, analysis } = trace;
  const keys: string[] = [];
  for (const repeat of analysis.repeats) {
    if (!repeat.isNPlusOne) continue;
    const kind = repeat.isParallel ? 'parallel-n+1' : 'n+1';
    keys.push(`${kind}:${loopOf(trace, repeat.spans) ?? outline.signatures[repeat.signature]}`);
  }
  const isAltered = made.alter !== undefined || made.clocks !== undefined;
  if (!isAltered) {
    for (const { span } of analysis.gaps) keys.push(`gap:${outline.spanIds[span]}`);
    for (const span of analysis.errorOrigins) keys.push(`error-origin:${outline.spanIds[span]}`);
  }
  for (const finding of analysis.findings) {
    if (finding.kind === 'clock-skew') {
      const expected = made.clocks?.[outline.services[finding.service] ?? ''] ?? 0;
      // Half of the time that a call takes longer than its other side is unknown.
      const isRight = Math.abs(finding.offsetMs - expected) < 5;
      keys.push(`clock-skew:${isRight ? outline.services[finding.service] : `${finding.offsetMs} ms`}`);
    } else if (finding.kind === 'outlives-parent') keys.push(`outlives-parent:${outline.spanIds[finding.span]}`);
    else keys.push(finding.kind);
  }
  return new Set(keys);
}

/** The loop to which most of the spans, or of the spans below them, belong. */
function loopOf({ outline, analysis, run }: TracedRun, spans: readonly number[]): string | undefined {
  const inRepeat = new Set(spans);
  for (const [loop, calls] of run.loops) {
    const ids = new Set(calls.map(({ spanId }) => spanId));
    let count = 0;
    for (let span = 0; span < outline.spanIds.length; span++) {
      if (!ids.has(outline.spanIds[span] as string)) continue;
      let at = span;
      while (at !== -1 && !inRepeat.has(at)) at = analysis.parents[at] as number;
      if (at !== -1) count++;
    }
    if (count > ids.size / 2) return loop;
  }
  return undefined;
}

/** @returns What is wrong with the claim, if anything is. */
function scorePath(trace: TracedRun, paths: PathScore): string | undefined {
  const { made, run, spans, analysis } = trace;
  const pathNano = analysis.criticalPath.reduce((sum, { startMs, endMs }) => sum + toNano(endMs) - toNano(startMs), 0n);
  const isMoved = analysis.clockOffsetMs.some((offsetMs) => offsetMs !== 0);
  const traceNano = isMoved ? toNano(analysis.durationMs) : durationNano(spans);
  const isExact = pathNano === traceNano;
  if (isExact) paths.exactCount++;
  for (const repeat of analysis.repeats) {
    const loop = loopOf(trace, repeat.spans);
    if (!repeat.isNPlusOne || loop === undefined) continue;
    const spared = sparedMs(made.roots, run, loop);
    paths.sparedMs += spared;
    paths.claimedMs += repeat.shorterByMs;
    if (repeat.shorterByMs === 0) continue;
    paths.claimCount++;
    if (repeat.shorterByMs <= spared * 1.01 + 0.01) paths.trueClaimCount++;
    else return `one call would spare ${spared} ms, not ${repeat.shorterByMs} ms`;
  }
  return isExact ? undefined : `the path takes ${pathNano} ns of ${traceNano}`;
}

/** Runs the program again with one call in place of the loop. It takes as long as the average call. */
function sparedMs(roots: readonly Operation[], run: Run, loop: string): number {
  const calls = run.loops.get(loop) ?? [];
  const callMs = calls.reduce((sum, { durationMs }) => sum + durationMs, 0) / calls.length;
  return run.durationMs - runProgram(roots, { replaced: { loop, callMs } }).durationMs;
}

function durationNano(spans: readonly Span[]): bigint {
  let first: bigint | undefined;
  let last = 0n;
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
    const start = BigInt(startTimeUnixNano);
    const end = BigInt(endTimeUnixNano);
    if (first === undefined || start < first) first = start;
    for (const at of [start, end]) if (at > last) last = at;
  }
  return last - (first ?? 0n);
}

function toNano(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
