// What the backends show of a trace, as soon as they show all of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend } from './backends.ts';
import { type Changer, changeBy, jaegerWarnings } from './changes.ts';
import { everySpan, resourceFacts } from './every-span.ts';
import type { OtlpRequest } from './otlp-json.ts';
import { otlpAttributes, type PlainSpan, plainFacts, plainSpans } from './plain-span.ts';
import { getJson, poll } from './poll.ts';

const spanCount = everySpan.length + 1;
const { version } = JSON.parse(readFileSync(join(__dirname, '../../packages/core/package.json'), 'utf8'));
export const scope = `@waymark/core ${version}`;

/** By Jaeger's API, version 3. */
export async function readJaeger(traceId: string, count = spanCount): Promise<readonly PlainSpan[]> {
  const url = `${backend('jaeger').query}/api/v3/traces/${traceId}`;
  const ask = async () => ((await getJson(url)) as { result: OtlpRequest } | undefined)?.result; // by its API
  const spans = await readSpans(url, ask, count);
  return spans.map((span) => ({
    ...span,
    attributes: span.attributes.filter(([key]) => key !== jaegerWarnings),
  }));
}

/** From what the Collector sent on. */
export function readCollector(traceId: string, count = spanCount): Promise<readonly PlainSpan[]> {
  const url = `${backend('sink')}/${traceId}`;
  return readSpans(url, async () => (await getJson(url)) as OtlpRequest, count); // by sink.ts
}

async function readSpans(
  url: string,
  ask: () => Promise<OtlpRequest | undefined>,
  count: number,
): Promise<readonly PlainSpan[]> {
  const spans = plainSpans(await poll(url, ask, (request) => plainSpans(request).length === count));
  return spans.map(withKnownResource);
}

/** With the attributes of the resource that the facts have. Core's own tests are about those that Waymark finds out. */
function withKnownResource(span: PlainSpan): PlainSpan {
  return { ...span, resource: span.resource.filter(([key]) => resourceFacts.some(([known]) => known === key)) };
}

/** What should come back of {@link everySpan}. */
export function expectedSpans(changers: readonly Changer[], form = (span: PlainSpan) => span): readonly PlainSpan[] {
  const sent = plainFacts(everySpan, otlpAttributes(resourceFacts), scope);
  return sent.map((span) => changeBy(changers, form(span)));
}
