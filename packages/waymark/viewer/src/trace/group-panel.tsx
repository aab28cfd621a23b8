/** The details of a row that stands for several spans. */
import { adviseOnRepeat } from '../../../src/analysis/advise-on-repeat.ts';
import { useResource } from '../api/use-resource.ts';
import { formatCount } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { CalledAt } from './called-at.tsx';
import { durationText } from './duration-text.ts';
import { PanelHead } from './panel-head.tsx';
import type { RowGroup } from './row-tree.ts';
import { isFailed, noteOf, spanIdOf } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';

/** Of a larger group, the slowest spans are listed. */
const maxListed = 100;

export function GroupPanel({ view, group }: { readonly view: TraceView; readonly group: RowGroup }) {
  const { model } = view;
  const first = group.spans[0] as number;
  const service = model.services[model.serviceOf[first] as number] ?? '';
  const name = model.names[model.nameOf[first] as number] ?? '';
  const slowest = group.spans
    .toSorted((one, other) => (model.durationMs[other] as number) - (model.durationMs[one] as number))
    .slice(0, maxListed);
  // If all spans have the same note, the start tells them apart.
  const hasOneNote = slowest.every((span) => noteOf(model, span) === noteOf(model, first));
  return (
    <>
      {group.kind === 'repeat' ? (
        <PanelHead service={service} name={`${name} ×${formatCount(group.spans.length)}`} />
      ) : (
        <PanelHead service={service} name="missing parent" />
      )}
      <div class="panel-body">
        {group.kind === 'repeat' ? <RepeatNote view={view} group={group} /> : <MissingParentNote group={group} />}
        <section>
          <h3>{group.spans.length > maxListed ? `The slowest ${maxListed}` : 'All spans, slowest first'}</h3>
          <ol class="group-spans">
            {slowest.map((span) => (
              <li key={span}>
                <button type="button" class="quiet" onClick={() => view.select(model.tree.rowOfSpan[span] as number)}>
                  <span class="number">{durationText(model, span)}</span>
                  <span class={isFailed(model, span) ? 'clip error-text' : 'clip'}>
                    {isFailed(model, span) ? '✗ ' : ''}
                    {hasOneNote ? `at ${formatDurationMs(view.startMs.value[span] as number)}` : noteOf(model, span)}
                  </span>
                </button>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </>
  );
}

function RepeatNote({
  view,
  group,
}: {
  readonly view: TraceView;
  readonly group: Extract<RowGroup, { kind: 'repeat' }>;
}) {
  const { repeat, spans } = group;
  const share = repeat.coveredMs / Math.max(view.model.totalMs, Number.MIN_VALUE);
  return (
    <section class="overview">
      <dl class="figures">
        <div>
          <dt>Count</dt>
          <dd>{formatCount(spans.length)}</dd>
        </div>
        <div title="Sum of the durations">
          <dt>Total</dt>
          <dd>{formatDurationMs(repeat.totalMs)}</dd>
        </div>
        <div title="Time in which at least one of them ran">
          <dt>Covered</dt>
          <dd>{formatDurationMs(repeat.coveredMs)}</dd>
        </div>
        <div>
          <dt>Average</dt>
          <dd>{formatDurationMs(repeat.totalMs / spans.length)}</dd>
        </div>
      </dl>
      <p>
        {repeat.isNPlusOne && <span class="badge warn">N+1</span>} {adviseOnRepeat(repeat)} They take{' '}
        {Math.round(share * 100)}% of the trace.
      </p>
      <pre class="raw wrapped" tabIndex={0}>
        {view.model.signatures[repeat.signature]}
      </pre>
      <FirstCalledAt view={view} span={spans[0] as number} />
    </section>
  );
}

/** The line of the first call: equal calls one after the other mostly come from one line. */
function FirstCalledAt({ view, span }: { readonly view: TraceView; readonly span: number }) {
  const { model, source } = view;
  const spanId = spanIdOf(model, span);
  const { value } = useResource(`${model.traceId} ${spanId} ${model.spanCount}`, (signal) =>
    source.details(spanId, signal),
  );
  const first = value?.spans.find((one) => one.spanId === spanId);
  return first === undefined ? null : <CalledAt attributes={first.attributes} />;
}

function MissingParentNote({ group }: { readonly group: Extract<RowGroup, { kind: 'missing-parent' }> }) {
  return (
    <section class="overview">
      <p>
        {group.spans.length === 1 ? 'This span names' : 'These spans name'} the parent <code>{group.parentSpanId}</code>
        , which has not arrived. The place of the parent in the trace is unknown.
      </p>
      <p class="dim">
        It is still running, its service does not send to this collector or lost it (see <code>tracer.stats()</code>),
        or it was not sampled.
      </p>
    </section>
  );
}
