// Which tracer puts which library's calls below the request that made them.
import type { Share, Verdict } from '../../tests/libraries/right-parents/judge.ts';
import { type ProgramName, programs, tryTracer } from '../../tests/libraries/right-parents/send-requests.ts';
import { figure, table } from '../markdown.ts';
import type { LibrariesSettings } from './libraries.ts';
import { type TracerUnderTrial, tracers } from './tracers.ts';

const titles: Readonly<Record<ProgramName, string>> = {
  pg: '`pg`, pool of 5',
  postgres: '`postgres`, pool of 5',
  mysql2: '`mysql2`, pool of 5',
  ioredis: '`ioredis`, 5 clients that connect late, and one with automatic pipelines',
  redis: '`redis`, 5 clients',
  'redis-pool': '`redis`, pool of 5',
  mongodb: '`mongodb`, pool of 5',
  bullmq: '`bullmq`, 5 jobs at a time',
  prisma: 'Prisma, on `pg`, pool of 5',
};

export interface RightParents {
  readonly verdicts: Readonly<Record<string, Readonly<Record<string, Verdict>>>>;
  readonly requests: number;
}

export async function measureRightParents(settings: LibrariesSettings): Promise<RightParents> {
  const { node, folder, servers, requests, chosenPrograms, chosenTracers } = settings;
  const verdicts: Record<string, Record<string, Verdict>> = {};
  for (const program of chosenPrograms) {
    if (!isProgram(program)) continue; // its cost only is measured
    const ofProgram: Record<string, Verdict> = {};
    verdicts[program] = ofProgram;
    for (const { id, file, readSpans } of tracers.filter((tracer) => chosenTracers.includes(tracer.id))) {
      const server = servers[programs[program]];
      const { verdict } = await tryTracer({
        node,
        program,
        tracer: file,
        readSpans,
        libraries: folder,
        server,
        requests,
      });
      ofProgram[id] = verdict;
      console.error(`${program}, ${id}: ${rowOf(id, verdict).slice(1).join(' | ')}`);
    }
  }
  return { verdicts, requests };
}

const head = [
  '',
  'right request',
  'more than one span',
  'failed calls marked',
  'rows counted',
  'own span in the callback',
  'leaked',
];

export function drawRightParents({ verdicts, requests }: RightParents): string {
  const intro = [
    `${requests} requests to an Express service, 100 at a time. Each makes calls of its own: they carry its number, as a name that may be`,
    'exported and in literals, values and job data that may not. "Right request" is the share of calls whose span is below the request that',
    'made them; a call without a span counts as wrong. "More than one span" counts the spans beyond one for each call, "rows counted" the',
    'queries whose span has the number of rows. The "own span" is made by the application in the callback of a query, or after it, or',
    'while a job is processed. "Leaked" counts requests of which a literal of SQL, another value or the data of a job is in the',
    'exported bytes, error messages included. The service, the libraries and the servers are the same for all; each tracer is in a process of',
    'its own, set up as its documentation says.',
  ].join(' ');
  const parts = Object.entries(verdicts).map(([program, ofProgram]) => {
    const rows = tracers.flatMap(({ id }) => {
      const verdict = ofProgram[id];
      return verdict === undefined ? [] : [rowOf(id, verdict)];
    });
    return `### ${titles[program as ProgramName]}\n\n${table(head, rows)}`;
  });
  return [intro, ...parts].join('\n\n');
}

function rowOf(id: TracerUnderTrial['id'], verdict: Verdict): string[] {
  const { right, duplicates, errors, falseErrors, rows, ownSpans, leaks } = verdict;
  const leaked = [
    leaks.literals > 0 ? `literals ${leaks.literals}` : '',
    leaks.values > 0 ? `values ${leaks.values}` : '',
    leaks.jobData > 0 ? `job data ${leaks.jobData}` : '',
  ].filter(Boolean);
  return [
    tracers.find((tracer) => tracer.id === id)?.title ?? id,
    right.count === 0 ? 'no spans' : percent(right),
    String(duplicates),
    showShare(errors) + (falseErrors > 0 ? `, and ${falseErrors} others` : ''),
    rows.of === 0 ? '' : showShare(rows),
    showShare(ownSpans),
    leaked.join(', ') || 'nothing',
  ];
}

/** 100 % only if it is all of them. */
function percent({ count, of }: Share): string {
  if (count === of) return '100 %';
  return `**${figure(Math.min((count / of) * 100, 99.9))} %**`;
}

function showShare({ count, of }: Share): string {
  return count === of ? `${count}` : `**${count} of ${of}**`;
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}
