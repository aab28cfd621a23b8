// The tracers that are compared, each as its own documentation sets it up.
import { join } from 'node:path';
import { type ReadSpans, readOtlpSpans } from '../../tests/libraries/right-parents/exported-spans.ts';
import { readDatadogSpans, readSentrySpans } from './read-spans.ts';

export interface TracerUnderTrial {
  readonly id: 'waymark' | 'opentelemetry' | 'dd-trace' | 'sentry';
  readonly title: string;
  readonly file: string;
  readonly readSpans: ReadSpans;
  /** Folder in peers/. */
  readonly peer?: string;
}

const folder = join(__dirname, 'tracers');

export const tracers: readonly TracerUnderTrial[] = [
  {
    id: 'waymark',
    title: '**Waymark**',
    file: join(__dirname, '../../tests/libraries/right-parents/tracers/waymark.cjs'),
    readSpans: readOtlpSpans,
  },
  {
    id: 'opentelemetry',
    title: 'OpenTelemetry JS',
    file: join(folder, 'opentelemetry.cjs'),
    readSpans: readOtlpSpans,
    peer: 'opentelemetry-libraries',
  },
  {
    id: 'dd-trace',
    title: 'dd-trace',
    file: join(folder, 'dd-trace.cjs'),
    readSpans: readDatadogSpans,
    peer: 'dd-trace',
  },
  { id: 'sentry', title: 'Sentry', file: join(folder, 'sentry.cjs'), readSpans: readSentrySpans, peer: 'sentry' },
];
