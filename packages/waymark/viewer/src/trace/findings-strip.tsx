/** The findings of the analysis, with links to their spans. */
import type { ComponentChildren } from 'preact';
import { spanKinds } from '../../../src/analysis/outline.ts';
import type { Finding } from '../../../src/analysis/trace-analysis.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { setParams } from '../router/location.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';

export function FindingsStrip({ view }: { readonly view: TraceView }) {
  const findings = listFindings(view);
  if (findings.length === 0) return null;
  return (
    <ul class="findings" aria-label="Findings">
      {findings.map((item) => (
        <li key={item.text} class={`finding ${item.tone}`} title={item.title}>
          {item.spans.length === 0 ? <span>{item.text}</span> : <SpansButton view={view} item={item} />}
          {item.extra}
        </li>
      ))}
    </ul>
  );
}

/** The slowest loops are listed. The others are counted. */
const maxRepeatsShown = 2;

interface FindingItem {
  readonly tone: 'warn' | 'error' | 'plain';
  readonly text: string;
  /** The likely causes. */
  readonly title: string;
  readonly spans: readonly number[];
  /** Whether the button selects the row of a span's group instead of the span. */
  readonly areGroups?: boolean;
  readonly extra?: ComponentChildren;
}

/** Selects the first of the spans, and the next one with each further click. */
function SpansButton({ view, item }: { readonly view: TraceView; readonly item: FindingItem }) {
  const { tree } = view.model;
  const rows = item.spans.map((span) => {
    const row = tree.rowOfSpan[span] as number;
    return item.areGroups === true ? (tree.parents[row] as number) : row;
  });
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => view.select(rows[(rows.indexOf(view.selectedRow.peek()) + 1) % rows.length] as number, 'center')}
    >
      {item.text}
    </button>
  );
}

function listFindings(view: TraceView): FindingItem[] {
  const { model } = view;
  const items: FindingItem[] = [];
  if (model.errorOrigins.length > 0) {
    items.push({
      tone: 'error',
      text: describeErrors(view),
      title: 'The spans where errors began. Their ancestors only passed them on. Keys: e, E',
      spans: model.errorOrigins,
    });
  }
  const repeats = sumRepeats(view);
  for (const { text, spans } of repeats.slice(0, maxRepeatsShown)) {
    items.push({
      tone: 'warn',
      text,
      title: 'Repeated equal calls. One call could replace them',
      spans,
      areGroups: true,
    });
  }
  if (repeats.length > maxRepeatsShown) {
    const spans = repeats.slice(maxRepeatsShown).flatMap((more) => more.spans);
    items.push({
      tone: 'warn',
      text: `${repeats.length - maxRepeatsShown} more N+1`,
      title: 'Other repeated calls',
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
    if (found.length > 0) items.push(...describeKind(view, found));
  }
  return items;
}

/** Sums up N+1 by signature: the same loop may run in a thousand places. Calls are listed before loops around calls. */
function sumRepeats({ model }: TraceView): { readonly text: string; readonly spans: readonly number[] }[] {
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

function describeErrors({ model }: TraceView): string {
  const [first] = model.errorOrigins;
  const error = first === undefined ? undefined : model.errors[first];
  const what = [error?.type, error?.message].filter(Boolean).join(': ');
  const others = model.errorOrigins.length - 1;
  return `${what === '' ? 'error' : what}${others > 0 ? ` and ${formatPlural(others, 'more error')}` : ''}`;
}

/** Describes all findings of one kind. */
function describeKind(view: TraceView, found: readonly Finding[]): FindingItem[] {
  const spans = found.flatMap((finding) =>
    'spans' in finding ? finding.spans : 'span' in finding ? [finding.span] : [],
  );
  switch (found[0]?.kind) {
    case 'missing-root':
      return [
        {
          tone: 'warn',
          text: 'The root span has not arrived',
          title: 'It is still running, its service does not send to this collector, or it was not sampled',
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
          title:
            'The parent has not arrived: it is still running, was lost, or its service does not send to this collector',
          spans,
        },
      ];
    case 'cycle':
      return [
        {
          tone: 'error',
          text: `A cycle of parents was cut: ${formatPlural(spans.length, 'span')}`,
          title: 'Each of these spans is its own ancestor. The first one is shown as a root',
          spans,
        },
      ];
    case 'duplicate-id':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(found.length, 'span id')} used more than once`,
          title: 'A span was sent twice with different content, or both sides of a Zipkin call share an id',
          spans,
        },
      ];
    case 'negative-duration':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(found.length, 'span')} ended before ${found.length === 1 ? 'it' : 'they'} started`,
          title: 'A clock was set back, or the sender has a bug',
          spans,
        },
      ];
    case 'outlives-parent':
      return [
        {
          tone: 'plain',
          text: `${formatPlural(found.length, 'span')} outlived ${found.length === 1 ? 'its' : 'their'} parent`,
          title: 'The parent did not wait for this work, or ended too early',
          spans,
        },
      ];
    case 'unfinished':
      return [
        {
          tone: 'warn',
          text: `${formatPlural(spans.length, 'unfinished span')}`,
          title: 'No end has arrived: still running, or cut off. Bars end at the last known time',
          spans,
        },
      ];
    case 'clock-skew':
      return [describeClocks(view, spans)];
    default:
      return [];
  }
}

function describeClocks(view: TraceView, spans: readonly number[]): FindingItem {
  const offsets = view.clockOffsets.map(
    ({ service, offsetMs }) =>
      `${view.model.services[service]} by ${offsetMs < 0 ? '−' : '+'}${formatDurationMs(Math.abs(offsetMs))}`,
  );
  const areTimesSent = view.areTimesSent.value;
  return {
    tone: 'warn',
    text: `Clocks ${areTimesSent ? 'differ' : 'corrected'}: ${offsets.join(', ')}`,
    title:
      'Server spans are outside the calls to them. The analysis uses corrected times. The store keeps the times as sent',
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
