/** Makes spans from a drawing of their tree. */
import type { Span, SpanKind } from '../src/model/span.ts';
import { noEnd } from '../src/model/span-duration.ts';

const line =
  /^(?<indent> *)(?<service>\S+) (?<kind>\S+) (?<name>\S+) (?<start>-?[\d.]+)-(?<end>-?[\d.]+|\?)(?: #(?<id>\w+))?(?: \^(?<parent>\w+))?(?: (?<failed>!\S*))?(?: (?<query>SELECT .*))?$/;

const epochMs = 1_700_000_000_000;

/**
 * Each line is a span: service, kind, name, from-to in milliseconds. It is below its parent by two spaces. `#ab` is its
 * id, `^ab` its parent's id, `?` means that it has no end, `!` or `!reason` that it failed, and the part from SELECT on
 * is its query.
 */
export function sketchTrace(drawing: string): Span[] {
  const above: string[] = [];
  return drawing
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text, index, lines) => {
      const found = line.exec(text)?.groups;
      if (found === undefined) throw new Error(`Not a span: ${text}`);
      const outermost = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
      const depth = ((found.indent?.length ?? 0) - outermost) / 2;
      const spanId = (found.id ?? (index + 1).toString(16)).padStart(16, '0');
      const parentSpanId = found.parent?.padStart(16, '0') ?? above[depth - 1];
      above[depth] = spanId;
      const serviceName = found.service ?? '';
      return {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId,
        ...(parentSpanId !== undefined && { parentSpanId }),
        name: found.name ?? '',
        kind: found.kind as SpanKind, // tests write kinds
        startTimeUnixNano: toNano(Number(found.start)),
        endTimeUnixNano: found.end === '?' ? noEnd : toNano(Number(found.end)),
        attributes: found.query === undefined ? {} : { 'db.query.text': found.query },
        ...(found.failed !== undefined && { status: { code: 'error', message: found.failed.slice(1) || 'failed' } }),
        resource: { serviceName, attributes: { 'service.name': serviceName } },
      };
    });
}

function toNano(ms: number): string {
  return `${epochMs + Math.floor(ms)}${String(Math.round((ms - Math.floor(ms)) * 1e6)).padStart(6, '0')}`;
}
