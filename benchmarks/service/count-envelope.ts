// Counts the spans of one of Sentry's envelopes: lines of JSON, a header and a payload for each item.

export function countEnvelopeSpans(body: Buffer): number {
  const lines = body.toString().split('\n').filter(Boolean).slice(1);
  let count = 0;
  for (let index = 0; index < lines.length; index += 2) {
    const { type } = JSON.parse(lines[index] ?? '{}') as { type?: string };
    const payload = JSON.parse(lines[index + 1] ?? '{}') as { spans?: unknown[]; items?: unknown[] };
    if (type === 'transaction') count += 1 + (payload.spans?.length ?? 0);
    if (type === 'span') count += payload.items?.length ?? 1;
  }
  return count;
}
