// How many spans one request has to the service that many begin with: Express, pg, ioredis, BullMQ and pino.
import type { ExportedSpan } from '../../tests/libraries/right-parents/exported-spans.ts';
import { tryTracer } from '../../tests/libraries/right-parents/send-requests.ts';
import { table } from '../markdown.ts';
import type { LibrariesSettings } from './libraries.ts';
import { tracers } from './tracers.ts';

export interface FirstService {
  /** Spans in the trace of the request, by tracer. */
  readonly counts: Readonly<Record<string, number>>;
  /** Waymark's trace. */
  readonly tree: string;
}

export async function measureFirstService(settings: LibrariesSettings): Promise<FirstService> {
  const { node, folder, servers, chosenTracers } = settings;
  const { postgres, redis } = servers;
  const counts: Record<string, number> = {};
  let tree = '';
  for (const { id, file, readSpans } of tracers.filter((tracer) => chosenTracers.includes(tracer.id))) {
    const trial = { node, program: 'first-service', tracer: file, readSpans, libraries: folder, requests: 1 } as const;
    const { spans } = await tryTracer({ ...trial, server: { postgres, redis } });
    const request = spans.find((span) =>
      Object.values(span.values).some((value) => /\/requests\/1/.test(String(value))),
    );
    const trace = spans.filter(({ traceId }) => traceId === request?.traceId);
    counts[id] = trace.length;
    if (id === 'waymark') tree = drawTree(trace);
  }
  return { counts, tree };
}

function drawTree(spans: readonly ExportedSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const draw = (span: ExportedSpan, indent: string): string[] => [
    `${indent}${span.name}`,
    ...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap((child) => draw(child, `${indent}  `)),
  ];
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
  return roots.flatMap((root) => draw(root, '')).join('\n');
}

export function drawFirstService({ counts, tree }: FirstService): string {
  const rows = Object.entries(counts).map(([id, count]) => [
    tracers.find((tracer) => tracer.id === id)?.title ?? id,
    String(count),
  ]);
  return [
    'One request to a service with Express, `pg`, `ioredis`, BullMQ and `pino`: it reads a cached value, inserts a row and adds a job, which ' +
      'a worker in the same process does. These are the spans in its trace.',
    table(['', 'spans in the trace'], rows),
    'Waymark’s:',
    `\`\`\`text\n${tree}\n\`\`\``,
  ].join('\n\n');
}
