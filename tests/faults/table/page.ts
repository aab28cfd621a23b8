// docs/faults.md, from what was measured.
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

export function drawPage(chapters: readonly PlayedChapter[], minutes: number): string {
  return [
    '# Faults, and what becomes of the spans',
    'Made by `npm run faults`, which writes this page. A service makes two spans for each of 200 requests a second while ' +
      'something goes wrong, and a collector counts what arrives, span by span. All tracers have their defaults, but for ' +
      'the spool, which is opt-in. Each cell has a service, a collector and processes of its own; the four of a row run ' +
      'side by side.',
    `Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, ${Math.ceil(minutes)} minutes. ` +
      `OpenTelemetry is ${peerVersions()}: its tracer provider, batch span processor and OTLP exporter.`,
    '## Lost',
    'Spans lost, of those made. In brackets, those of them that the tracer itself counts as lost, where that is not all: ' +
      "with Waymark in `tracer.stats()` and on standard error, with OpenTelemetry in the processor's own metrics, which " +
      'are experimental and have to be asked for.',
    ...chapters.flatMap(({ title, rows }) => [drawLost(title, rows)]),
    '## All figures',
    'Duplicated: arrivals of a span that had arrived before. Told: spans that the tracer counts as lost. Latency and ' +
      'processor time: of a request to the service during the fault, through the same without, in the same process: medians ' +
      'of six rounds in turns, the middle half in brackets. ' +
      describeNoise(chapters),
    ...chapters.flatMap(({ title, rows }) => [`### ${title}`, drawFigures(rows)]),
    ...notes,
    '',
  ].join('\n\n');
}

const notes = [
  '## How to read it',
  'Every fault of the collector comes six times for a second and a half, with as long between; "up to 20 s" adds one of ' +
    '20 seconds. Then the collector is well for five seconds, and the service is told to end by SIGTERM, upon which it calls ' +
    '`shutdown()`, except where a row says otherwise. "Started again" means that the service starts a second time, as ' +
    'under a supervisor, and makes no more spans.',
  'What is final is so by the OTLP specification, or because it says what the receiver is, not how it is. Sending again would ' +
    'not help, so these spans are dropped, told and counted at once, with a spool or without.',
  'What Waymark has in memory goes with the process. Without a spool that is everything that waits; with one, what ended since ' +
    'the last batch was closed, and only if the process is killed by SIGKILL.',
];

/** How far apart measurements are that should be the same. */
function describeNoise(chapters: readonly PlayedChapter[]): string {
  const cells = chapters.flatMap(({ rows }) => rows.flatMap((row) => [...row.cells.values()]));
  const idle = cells.flatMap(({ idleRatios }) => idleRatios);
  const range = (cost: keyof CostRatios): string => {
    const ratios = idle.map((ratio) => ratio[cost]);
    return `${figure(quantile(ratios, 0.1))} to ${figure(quantile(ratios, 0.9))} ×`;
  };
  return (
    'The cells of a row share the machine with each other and with whatever else it does. From one round without any fault ' +
    `to the next, eight in ten of these ratios lie from ${range('medianLatency')} for the median latency, from ` +
    `${range('p99Latency')} for its p99 and from ${range('cpu')} for the processor time: what lies within says nothing.`
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
      const cell = row.cells.get(name) as CellResult; // all have been played
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
    'told',
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
  const spans = `${made} made, ${delivered} delivered, ${duplicated} twice, ${lost} lost, ${reported} told`;
  return [spans, ...(cell.ratios.length > 0 ? [cost] : []), endings.join(', ')].join('; ');
}
