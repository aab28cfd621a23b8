/** The two spans of the selected row: their times, and the attributes that differ. */
import type { SpanDetails } from '../../../src/api/types.ts';
import { getJson } from '../api/client.ts';
import { useResource } from '../api/use-resource.ts';
import { formatDelta } from '../format/delta.ts';
import { formatDurationMs } from '../format/duration.ts';
import { link } from '../router/location.ts';
import { PanelHead } from '../trace/panel-head.tsx';
import { spanIdOf, type TraceModel } from '../trace/trace-model.ts';
import { listAttributeDifferences } from './attribute-differences.ts';
import type { ComparisonModel } from './comparison-model.ts';

export function ComparedPanel({ model, row }: { readonly model: ComparisonModel; readonly row: number }) {
  const a = model.spansA[row] as number;
  const b = model.spansB[row] as number;
  const [side, span] = b >= 0 ? [model.b, b] : [model.a, a];
  const { value: pair, error } = useResource(`${model.a.traceId} ${model.b.traceId} ${row}`, (signal) =>
    Promise.all([fetchSpan(model.a, a, signal), fetchSpan(model.b, b, signal)]),
  );
  const [spanA, spanB] = pair ?? [];
  const differences = spanA && spanB ? listAttributeDifferences(spanA.attributes, spanB.attributes) : [];
  return (
    <aside class="panel" aria-label="Details">
      <PanelHead
        service={side.services[side.serviceOf[span] as number] ?? ''}
        name={side.names[side.nameOf[span] as number] ?? ''}
        closes="row"
      />
      <div class="panel-body">
        <table class="pair-figures">
          <thead>
            <tr>
              <th />
              <th class="number">A</th>
              <th class="number">B</th>
              <th class="number">Difference</th>
            </tr>
          </thead>
          <tbody>
            <PairRow
              title="Duration"
              a={figure(model.a.durationMs, a)}
              b={figure(model.b.durationMs, b)}
              deltaMs={model.deltaMs[row] as number}
            />
            <PairRow
              title="Self"
              a={figure(model.a.selfMs, a)}
              b={figure(model.b.selfMs, b)}
              deltaMs={model.deltaSelfMs[row] as number}
            />
          </tbody>
        </table>
        <p class="pair-links">
          {a >= 0 && <a href={link(`/trace/${model.a.traceId}`, { span: spanIdOf(model.a, a) })}>Open in A</a>}
          {b >= 0 && <a href={link(`/trace/${model.b.traceId}`, { span: spanIdOf(model.b, b) })}>Open in B</a>}
        </p>
        {error !== undefined && <p class="error-text">{error.message}</p>}
        {a < 0 || b < 0 ? (
          <p class="dim">This span is only in {a < 0 ? 'B' : 'A'}.</p>
        ) : (
          pair !== undefined && (
            <section>
              <h3>Attributes that differ {differences.length === 0 && <span class="dim">none</span>}</h3>
              <dl class="attributes pairs">
                {differences.map(({ key, a: valueA, b: valueB }) => (
                  <div key={key}>
                    <dt title={key}>{key}</dt>
                    <dd>
                      <del>{valueA ?? '–'}</del>
                      <ins>{valueB ?? '–'}</ins>
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        )}
      </div>
    </aside>
  );
}

function PairRow({
  title,
  a,
  b,
  deltaMs,
}: {
  readonly title: string;
  readonly a: string;
  readonly b: string;
  readonly deltaMs: number;
}) {
  return (
    <tr>
      <th>{title}</th>
      <td class="number">{a}</td>
      <td class="number">{b}</td>
      <td class={`number ${deltaMs > 0 ? 'slower-text' : 'faster-text'}`}>{formatDelta(deltaMs)}</td>
    </tr>
  );
}

function figure(columnMs: Float64Array, span: number): string {
  return span < 0 ? '–' : formatDurationMs(columnMs[span] as number);
}

async function fetchSpan(model: TraceModel, span: number, signal: AbortSignal) {
  if (span < 0) return undefined;
  const details = await getJson<SpanDetails>(
    `/waymark/traces/${model.traceId}/spans/${spanIdOf(model, span)}`,
    {},
    signal,
  );
  return details.spans[0];
}
