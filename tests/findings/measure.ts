// `npm run measure:findings [-- traces of each shape]`: how many findings are right, of made traces in which the right ones are
// known. Writes docs/analysis-figures.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyseTrace, toOutline } from 'waymark/analysis';
import { heldOutShapes } from './held-out-shapes.ts';
import { largeForms, makeLargeTrace } from './large-trace.ts';
import { type PopulationScore, precisionOf, recallOf, scorePopulation } from './score.ts';
import type { Shape } from './shape.ts';
import { shapes } from './shapes.ts';
import { unseenShapes } from './unseen-shapes.ts';

const tracesOfShape = Number(process.argv[2] ?? 50);
const seed = 1;
const sizes = [25_000, 50_000, 100_000, 200_000] as const;
const target = join(__dirname, '../../docs/analysis-figures.md');

const fitted = scorePopulation(shapes, tracesOfShape, seed);
const heldOut = scorePopulation(heldOutShapes, tracesOfShape, seed);
const unseen = scorePopulation(unseenShapes, tracesOfShape, seed);
const populations = [fitted, heldOut, unseen];
for (const { faults } of populations) for (const fault of faults) console.log(fault);
writeFileSync(target, page());
console.log(`Written: ${target}`);

function page(): string {
  return `# How right the findings are

Written by \`npm run measure:findings\`. Programs of many shapes run on a made-up clock, and the spans that tracing them would give
are analysed. What is to be found in them is known, as each program says it: which calls are one loop, which wait for a page or try
again, which span goes on after its parent. Seed ${seed}, ${tracesOfShape} traces of each shape; each run gives the same traces, and so the same figures.

- **Precision**: of what was found, the part that is right. **Recall**: of what is there, the part that was found.
- The **other shapes** were written when the rules were finished. In their first run N+1 had a precision and a recall of 95.8 %, and
  97.7 % of the claims "would be shorter by" held. What was wrong was mended: UUIDs without quotes, consumers in a batch, and which of several
  parallel steps the one call is thought to be in.
- The **unseen shapes** are ${unseenShapes.length} more. Their author had not read the rules, and committed them before the first run. The figures of
  that run are [below](#first-run); they are what to expect of traces that nobody has looked at. The second figures are those after
  mending.
- A finding is right if it is of the right kind and in the right place. An N+1 that is called parallel where its calls run one after the
  other counts as wrong and as missed.
- Made traces are cleaner than real ones. The figures say that the rules do what they say, not how often real traces are of these
  shapes.

## The shapes that the rules were written with

${sectionOf(fitted, shapes)}

## Other shapes

${sectionOf(heldOut, heldOutShapes)}

## Unseen shapes, after mending

${sectionOf(unseen, unseenShapes)}

### First run

The same seed, traces and command, before anything was mended. These figures do not change.

| kind | to be found | found | wrong | missed | precision | recall |
|---|---|---|---|---|---|---|
| n+1 | 1800 | 1750 | 750 | 50 | 70.0 % | 97.2 % |
| parallel-n+1 | 150 | 150 | 150 | 0 | 50.0 % | 100.0 % |
| error-origin | 950 | 950 | 0 | 0 | 100.0 % | 100.0 % |
| gap | 321 | 321 | 0 | 0 | 100.0 % | 100.0 % |
| outlives-parent | 50 | 50 | 0 | 0 | 100.0 % | 100.0 % |
| clock-skew | 50 | 50 | 0 | 0 | 100.0 % | 100.0 % |

All 4,400 paths added up, and all 1,835 claims "would be shorter by" held. Of the 88 shapes 18 had a wrong N+1, and one was missed:

| shape | what was done |
|---|---|
| addresses with a template (missed) | \`url.template\` is the address |
| Brave, different addresses; Brave, different statements; Datadog, different statements | \`http.path\`, \`sql.query\` and \`resource.name\` are read |
| chunks written, or read, by arrays | a parameter of \`ANY()\` or \`unnest()\` is a batch |
| lists of ids in the address | 20 ids and more in one parameter are a batch |
| search_after of Elasticsearch; pages by two keys; long polls | are pages |
| objects put into S3; parts of a file; an agent's turns with a model | no call takes several of them |
| notifications by PostgreSQL | \`pg_notify()\` is a message |
| a lock on five servers; tenants with a database each; shards | each call goes to another server or database |
| a lock that is waited for | **the shape was wrong**: its last try had another text, which no instrumentation records. A neighbour was mended: \`SET lock ?\` |
| pages by a cursor in the body | **left**: the trace has one address again and again, as with mails that are sent one by one. It cannot be told from a loop |

Arguable is what was expected of S3 and of models: one call cannot take the place of many, but they could run at the same time. So is
\`= ANY($1)\`: with one id in each list it is a loop, and is missed now.

## Critical path

| | ${['first population', 'other shapes', 'unseen shapes'].join(' | ')} |
|---|---|---|---|
| traces whose path adds up to their duration, to the nanosecond | ${populations.map(({ paths, traceCount }) => `${count(paths.exactCount)} of ${count(traceCount)}`).join(' | ')} |
| loops with a claim "would be shorter by" | ${populations.map(({ paths }) => count(paths.claimCount)).join(' | ')} |
| of these true: the program, run again with one call in place of the loop, is shorter by as much | ${populations.map(({ paths }) => count(paths.trueClaimCount)).join(' | ')} |
| time claimed, of the time that one call would spare in all loops | ${populations.map(({ paths }) => share(paths.claimedMs / paths.sparedMs)).join(' | ')} |

A claim is true if it is at most 1 % and 10 µs more than what is spared. Claims may be too small: where a trace leaves open what waited
for what, the smaller one is taken.

## Time

Milliseconds to analyse one trace, without making the outline; the least of three. What counts is that four times the spans take about
four times as long. ${machine()}

| spans | ${sizes.map(count).join(' | ')} |
|---|${sizes.map(() => '---').join('|')}|
${largeForms.map((form) => `| ${form} | ${sizes.map((size) => Math.round(timeOf(form, size))).join(' | ')} |`).join('\n')}
`;
}

function sectionOf({ traceCount, spanCount, byKind, faults }: PopulationScore, population: readonly Shape[]): string {
  const rows = [...byKind].map(([kind, score]) => {
    const { right, wrong, missed } = score;
    return `| ${kind} | ${right + missed} | ${right} | ${wrong} | ${missed} | ${share(precisionOf(score))} | ${share(recallOf(score))} |`;
  });
  return `${count(traceCount)} traces, ${count(spanCount)} spans.

| kind | to be found | found | wrong | missed | precision | recall |
|---|---|---|---|---|---|---|
${rows.join('\n')}

${faults.length === 0 ? 'Nothing is wrong or missed.' : `What is wrong or missed, once for each shape:\n\n${faults.map((fault) => `- ${fault.replaceAll('|', '\\|').slice(0, 200)}`).join('\n')}`}

The shapes: ${population.map(({ name }) => name).join('; ')}.`;
}

function timeOf(form: (typeof largeForms)[number], spanCount: number): number {
  const outline = toOutline(makeLargeTrace(form, spanCount));
  let leastMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now();
    analyseTrace(outline);
    leastMs = Math.min(leastMs, performance.now() - startedMs);
  }
  return leastMs;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function share(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function machine(): string {
  return `Node ${process.versions.node}, on a machine that does other work.`;
}
