/** What is odd about the trace, in words, with the way to the spans. Nothing of it has been mended. */
import type { ComponentChildren } from 'preact';
import { spanKinds } from '../../../src/analysis/outline.ts';
import type { Finding } from '../../../src/analysis/trace-analysis.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { setParams } from '../router/location.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';

export function FindingsStrip({ view }: { readonly view: TraceView }) {
  const findings = tellFindings(view);
  if (findings.length === 0) return null;
  return (
    <ul class="findings" aria-label="Findings">
      {findings.map((told) => (
        <li key={told.text} class={`finding ${told.tone}`} title={told.title}>
          {told.spans.length === 0 ? <span>{told.text}</span> : <SpansButton view={view} told={told} />}
          {told.extra}
        </li>
      ))}
    </ul>
  );
}

/** Of several loops the slowest; the rest is a number. */
const mostRepeatsTold = 2;

interface Told {
  readonly tone: 'warn' | 'error' | 'plain';
  readonly text: string;
  /** Why that may be. */
  readonly title: string;
  readonly spans: readonly number[];
  /** The row to go to is that of the group which a span is in. */
  readonly areGroups?: boolean;
  readonly extra?: ComponentChildren;
}

/** Leads to the first of the spans, then, click by click, to the others. */
function SpansButton({ view, told }: { readonly view: TraceView; readonly told: Told }) {
  const { tree } = view.model;
  const rows = told.spans.map((span) => {
    const row = tree.rowOfSpan[span] as number;
    return told.areGroups === true ? (tree.parents[row] as number) : row;
  });
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => view.select(rows[(rows.indexOf(view.selectedRow.peek()) + 1) % rows.length] as number, 'center')}
    >
      {told.text}
    </button>
  );
}

function tellFindings(view: TraceView): Told[] {
  const { model } = view;
  const told: Told[] = [];
  if (model.errorOrigins.length > 0) {
    told.push({
      tone: 'error',
      text: tellErrors(view),
      title: 'Where errors began: above, they only pass on. Also: e, E',
      spans: model.errorOrigins,
    });
  }
  const repeats = sumUpRepeats(view);
  for (const { text, spans } of repeats.slice(0, mostRepeatsTold)) {
    told.push({
      tone: 'warn',
      text,
      title: 'Equal calls, where one could ask for all',
      spans,
      areGroups: true,
    });
  }
  if (repeats.length > mostRepeatsTold) {
    const spans = repeats.slice(mostRepeatsTold).flatMap((more) => more.spans);
    told.push({
      tone: 'warn',
      text: `${repeats.length - mostRepeatsTold} more N+1`,
      title: 'Other calls of the kind',
      spans,
      areGroups: true,
    });
  }
  for (const kind of [
    'missing-root',
    'several-roots',
    'orphan',
    'cycle',
    'duplicate-id',
    'clock-skew',
    'unfinished',
    'negative-duration',
    'outlives-parent',
  ] as const) {
    const found = model.findings.filter((finding) => finding.kind === kind);
    if (found.length > 0) told.push(...tellKind(view, found));
  }
  return told;
}

/** N+1 by what is called: the same loop may have run in a thousand places. Calls come before loops around calls. */
function sumUpRepeats({ model }: TraceView): { readonly text: string; readonly spans: readonly number[] }[] {
  const bySignature = new Map<
    number,
    { totalMs: number; callCount: number; isCall: boolean; isParallel: boolean; spans: number[] }
  >();
  for (const group of model.tree.groups) {
    if (group.kind !== 'repeat' || !group.repeat.isNPlusOne) continue;
    const sum = bySignature.get(group.repeat.signature) ?? {
      totalMs: 0,
      callCount: 0,
      isCall: isCall(model, group.spans[0] as number),
      isParallel: true,
      spans: [],
    };
    sum.isParallel &&= group.repeat.isParallel;
    sum.totalMs += group.repeat.coveredMs;
    sum.callCount += group.repeat.callCount;
    sum.spans.push(group.spans[0] as number);
    bySignature.set(group.repeat.signature, sum);
  }
  return [...bySignature.values()]
    .sort((one, other) => Number(other.isCall) - Number(one.isCall) || other.totalMs - one.totalMs)
    .map(({ totalMs, callCount, isParallel, spans }) => {
      const name = model.names[model.nameOf[spans[0] as number] as number];
      const places = spans.length === 1 ? '' : ` in ${formatCount(spans.length)} places`;
      const how = isParallel ? ' in parallel' : '';
      return { text: `N+1: ${name} ×${formatCount(callCount)}${how}${places}, ${formatDurationMs(totalMs)}`, spans };
    });
}

function isCall({ kindOf }: TraceModel, span: number): boolean {
  const kind = spanKinds[kindOf[span] as number];
  return kind === 'client' || kind === 'producer';
}

function tellErrors({ model }: TraceView): string {
  const [first] = model.errorOrigins;
  const error = first === undefined ? undefined : model.errors[first];
  const what = [error?.type, error?.message].filter(Boolean).join(': ');
  const others = model.errorOrigins.length - 1;
  return `${what === '' ? 'error' : what}${others > 0 ? ` and ${formatPlural(others, 'more error')}` : ''}`;
}

/** All findings of one kind, as one sentence or one for each. */
function tellKind(view: TraceView, found: readonly Finding[]): Told[] {
  const spans = found.flatMap((finding) =>
    'spans' in finding ? finding.spans : 'span' in finding ? [finding.span] : [],
  );
  switch (found[0]?.kind) {
    case 'missing-root':
      return [
        {
          tone: 'warn',
          text: 'The root has not arrived',
          title: 'It may still be running, or its service does not send here, or did not sample it',
          spans: [],
        },
      ];
    case 'several-roots':
      return [{ tone: 'warn', text: formatPlural(spans.length, 'root'), title: 'Several spans have no parent', spans }];
    case 'orphan':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(spans.length, 'span')} without ${spans.length === 1 ? 'its' : 'their'} parent`,
          title: 'The parent was not received: still running, lost on the way, or of a service that does not send here',
          spans,
        },
      ];
    case 'cycle':
      return [
        {
          tone: 'error',
          text: `A cycle of parents was cut: ${formatPlural(spans.length, 'span')}`,
          title: 'Each is its own ancestor; the first is shown on top',
          spans,
        },
      ];
    case 'duplicate-id':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(found.length, 'span id')} used more than once`,
          title: 'Sent twice with different content, or two sides of a Zipkin call',
          spans,
        },
      ];
    case 'negative-duration':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(found.length, 'span')} ended before ${found.length === 1 ? 'it' : 'they'} started`,
          title: 'A clock was set back, or the sender made a mistake',
          spans,
        },
      ];
    case 'outlives-parent':
      return [
        {
          tone: 'plain',
          text: `${formatPlural(found.length, 'span')} went on after ${found.length === 1 ? 'its' : 'their'} parent`,
          title: 'Work that nobody waited for, or a parent that was ended too early',
          spans,
        },
      ];
    case 'unfinished':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(spans.length, 'unfinished span')}`,
          title: 'No end was sent: still running, or cut off. Bars go as far as is known',
          spans,
        },
      ];
    case 'clock-skew':
      return [tellClocks(view, spans)];
    default:
      return [];
  }
}

function tellClocks(view: TraceView, spans: readonly number[]): Told {
  const offsets = view.clockOffsets.map(
    ({ service, offsetMs }) =>
      `${view.model.services[service]} by ${offsetMs < 0 ? '−' : '+'}${formatDurationMs(Math.abs(offsetMs))}`,
  );
  const areTimesSent = view.areTimesSent.value;
  return {
    tone: 'warn',
    text: `Clocks ${areTimesSent ? 'seem off' : 'set right'}: ${offsets.join(', ')}`,
    title: 'Servers lie outside the calls to them. The analysis works on corrected times; what was received is kept',
    spans,
    extra: (
      <button
        type="button"
        aria-pressed={areTimesSent}
        onClick={() => setParams({ clocks: areTimesSent ? undefined : 'sent', z: undefined })}
      >
        {areTimesSent ? 'showing times as sent' : 'show times as sent'}
      </button>
    ),
  };
}
