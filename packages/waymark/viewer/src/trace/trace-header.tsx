/** The header of the trace screen: root, duration, start, services, and the buttons. */

import { formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { formatFullTime, formatTime } from '../format/time.ts';
import { copyText } from '../shell/notice.ts';
import { ServiceName } from '../shell/service-name.tsx';
import type { TraceCommands } from './trace-commands.ts';
import type { TraceView } from './trace-view.ts';

export interface TraceHeaderProps {
  readonly view: TraceView;
  readonly commands: TraceCommands | undefined;
}

export function TraceHeader({ view, commands }: TraceHeaderProps) {
  const { model } = view;
  const span = Math.max(model.roots[0] ?? model.tree.nodes[0] ?? 0, 0);
  const startUnixMs = model.startUnixMs + view.originMs.value;
  return (
    <header class="trace-header">
      <h1>
        <ServiceName name={model.services[model.serviceOf[span] as number] ?? ''} />
        <span class="clip">{model.names[model.nameOf[span] as number]}</span>
      </h1>
      <dl class="trace-facts">
        <div class="trace-duration">
          <dt class="visually-hidden">Duration</dt>
          <dd>{formatDurationMs(model.totalMs)}</dd>
        </div>
        <div>
          <dt class="visually-hidden">Spans</dt>
          <dd>{formatPlural(model.spanCount, 'span')}</dd>
        </div>
        <div>
          <dt class="visually-hidden">Services</dt>
          <dd>{formatPlural(model.services.length, 'service')}</dd>
        </div>
        <div class="trace-start">
          <dt class="visually-hidden">Started</dt>
          <dd title={formatFullTime(startUnixMs)}>{formatTime(startUnixMs)}</dd>
        </div>
        <div class="trace-id">
          <dt class="visually-hidden">Trace id</dt>
          <dd>
            <button
              type="button"
              class="quiet"
              title="Copy the trace id"
              onClick={() => copyText(model.traceId, 'the trace id')}
            >
              <code>{model.traceId}</code>
            </button>
          </dd>
        </div>
      </dl>
      {commands !== undefined && (
        <div class="trace-actions">
          <button
            type="button"
            onClick={() => commands.compare(model)}
            title="Compare with the median trace of its operation (m)"
          >
            Compare<span class="wide-only"> with median</span>
          </button>
          <button type="button" onClick={commands.share} title="Share as a file (x)">
            Share
          </button>
        </div>
      )}
    </header>
  );
}
