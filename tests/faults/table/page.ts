// Writes docs/faults.md and docs/faults-figures.md from the measurements.
import { figure, table } from '../../../benchmarks/markdown.ts';
import { versionsOf } from '../../../benchmarks/peers/install-peers.ts';
import { measured, quantile } from '../../../benchmarks/statistics.ts';
import type { CellResult, CostRatios, TracerName } from './stage.ts';

export interface PlayedChapter {
  readonly title: string;
  readonly rows: { readonly title: string; readonly cells: ReadonlyMap<TracerName, CellResult> }[];
}

export const tracerTitles: Readonly<Record<TracerName, string>> = {
  waymark: 'OTLP',
  zipkin: 'Zipkin',
  spool: 'OTLP with spool',
  opentelemetry: 'OpenTelemetry',
};

/** docs/faults.md: what to know first, and the spans that were lost. */
export function drawLossPage(chapters: readonly PlayedChapter[], minutes: number): string {
  return [
    '# Faults',
    'What happens to the spans when a collector or a service fails, measured with Waymark and with OpenTelemetry.',
    ...summary,
    '## Spans lost',
    `Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, ${Math.ceil(minutes)} minutes. ` +
      `OpenTelemetry is ${peerVersions()}: its tracer provider, batch span processor and OTLP exporter.`,
    'Lost spans, of those made. If the tracer itself counts another number, that number is in brackets. Waymark counts in ' +
      "`tracer.stats()` and reports on stderr. OpenTelemetry counts in its processor's own metrics, which are experimental " +
      'and off by default.',
    ...chapters.flatMap(({ title, rows }) => [drawLost(title, rows)]),
    ...method,
    '',
  ].join('\n\n');
}

/** docs/faults-figures.md: every figure. */
export function drawFiguresPage(chapters: readonly PlayedChapter[]): string {
  return [
    '# Faults: all figures',
    'Written by `npm run faults`. [Faults](faults.md) has the summary and the method.',
    '*Duplicated*: arrivals of a span that had arrived before. *Reported*: spans that the tracer counts as lost. *Latency* ' +
      'and *processor time*: of a request to the service during the fault, divided by the same without the fault, in the ' +
      'same process. These are medians of six rounds in turns, with the middle half in brackets. ' +
      describeNoise(chapters),
    ...chapters.flatMap(({ title, rows }) => [`## ${title}`, drawFigures(rows)]),
    '',
  ].join('\n\n');
}

const summary = [
  '- **An outage of the collector costs no span.** Spans wait in memory, up to 64 MiB, and are sent when the collector is back.\n' +
    '- **A final refusal costs the spans that were refused.** A status of 400 or 500, or a listener that is no receiver: ' +
    'sending again would not help. These spans are dropped, counted and reported at once, with a spool or without.\n' +
    '- **The end of a process costs what is in memory**, unless the process has time to send. A [spool](export.md#the-spool) ' +
    'keeps it. With a spool, only SIGKILL loses spans: those that ended since the last batch was closed.\n' +
    '- **The latency of the service** stays, in most rows, within the range in which it varies without a fault: see ' +
    '[all figures](faults-figures.md).',
];

const method = [
  '## Method',
  'Written by `npm run faults`. A service makes two spans for each of 200 requests a second while something goes wrong. A ' +
    'collector counts each span that arrives. All tracers have their defaults, except for the spool, which is opt-in. Each ' +
    'cell has its own service, collector and processes. The four cells of a row run side by side.',
  'Every fault of the collector comes six times for a second and a half, with pauses of the same length. "Up to 20 s" adds one ' +
    'of 20 seconds. Then the collector works for five seconds. Then the service gets a SIGTERM and calls `shutdown()`, ' +
    'unless the row says otherwise. "Started again" means that the service starts a second time, as under a supervisor, ' +
    'and makes no more spans.',
  'A fault is final if the OTLP specification says so, or if it shows what the receiver is, and not what state it is in.',
];

/** How far equal measurements differ. */
function describeNoise(chapters: readonly PlayedChapter[]): string {
  const cells = chapters.flatMap(({ rows }) => rows.flatMap((row) => [...row.cells.values()]));
  const idle = cells.flatMap(({ idleRatios }) => idleRatios);
  const range = (cost: keyof CostRatios): string => {
    const ratios = idle.map((ratio) => ratio[cost]);
    return `${figure(quantile(ratios, 0.1))} to ${figure(quantile(ratios, 0.9))} ×`;
  };
  return (
    'The cells of a row share the machine with each other and with other work. From one round without any fault to the ' +
    `next, eight in ten of these ratios are from ${range('medianLatency')} for the median latency, from ` +
    `${range('p99Latency')} for its p99, and from ${range('cpu')} for the processor time. Ratios within that range show ` +
    'no difference.'
  );
}

function peerVersions(): string {
  return versionsOf('opentelemetry')
    .split(', ')
    .filter((version) => /sdk-trace|exporter-trace-otlp-proto/.test(version))
    .join(' with ');
}

function drawLost(title: string, rows: PlayedChapter['rows']): string {
  const names = Object.keys(tracerTitles) as TracerName[];
  return table(
    [title, ...names.map((name) => tracerTitles[name])],
    rows.map((row) => [row.title, ...names.map((name) => describeLoss(row.cells.get(name)))]),
  );
}

function describeLoss(cell: CellResult | undefined): string {
  if (cell === undefined) return '–';
  const { lost, reported, made } = cell;
  if (lost === 0) return reported === 0 ? '0' : `0 (${count(reported)})`;
  return `${count(lost)} of ${count(made)}${reported === lost ? '' : ` (${count(reported)})`}`;
}

function drawFigures(rows: PlayedChapter['rows']): string {
  const lines = rows.flatMap((row) =>
    (Object.keys(tracerTitles) as TracerName[]).map((name, index) => {
      const cell = row.cells.get(name) as CellResult; // all cells have run
      return [
        index === 0 ? row.title : '',
        tracerTitles[name],
        ...[cell.made, cell.delivered, cell.duplicated, cell.lost, cell.reported].map(count),
        ...costs.map((cost) => drawRatio(cell, cost)),
        cell.endings.join(', '),
      ];
    }),
  );
  const head = [
    '',
    '',
    'made',
    'delivered',
    'duplicated',
    'lost',
    'reported',
    'latency',
    'its p99',
    'processor time',
    'ended',
  ];
  return table(head, lines);
}

const costs = ['medianLatency', 'p99Latency', 'cpu'] as const;

function drawRatio({ ratios }: CellResult, cost: keyof CostRatios): string {
  if (ratios.length === 0) return '';
  const { median, low, high } = measured(ratios.map((ratio) => ratio[cost]));
  return `${figure(median)} × (${figure(low)} – ${figure(high)})`;
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** For the terminal. */
export function describeCell(cell: CellResult): string {
  const { made, delivered, duplicated, lost, reported, endings } = cell;
  const cost = `latency ${drawRatio(cell, 'medianLatency')}, p99 ${drawRatio(cell, 'p99Latency')}, processor ${drawRatio(cell, 'cpu')}`;
  const spans = `${made} made, ${delivered} delivered, ${duplicated} twice, ${lost} lost, ${reported} reported`;
  return [spans, ...(cell.ratios.length > 0 ? [cost] : []), endings.join(', ')].join('; ');
}
