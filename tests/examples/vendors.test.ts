// docs/vendors.md: the exporter accepts the address and the headers of each row as they are written there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTracer } from '@waymark/core';

const page = readFileSync(join(__dirname, '../../docs/vendors.md'), 'utf8');

interface Row {
  readonly vendor: string;
  readonly address: string;
  readonly headers: string;
  readonly isWhole: boolean;
}

const rows: Row[] = [...page.matchAll(/^\| ([A-Z][^|]*) \| ([^|]*) \| ([^|]*) \| \[/gm)].flatMap(
  ([, vendor = '', addressCell = '', headerCell = '']) => {
    const isWhole = addressCell.includes('**as it is**');
    const headers = firstCode(headerCell);
    const addresses = [...addressCell.matchAll(/`(https?:[^`]+)`/g)].map(([, address = '']) => address);
    if (addresses.length === 0) addresses.push('https://receiver.example'); // the page names where to find it
    return addresses.map((address) => ({
      vendor,
      address: filled(address),
      headers: filled(headers),
      isWhole,
    }));
  },
);

function firstCode(cell: string): string {
  return /`([^`]*)`/.exec(cell)?.[1] ?? '';
}

/** With a value for each `<placeholder>`. */
function filled(text: string): string {
  return text.replace(/<[^>]*>/g, 'value');
}

test('the page has rows with addresses', () => {
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)('$vendor: $address', ({ address, headers, isWhole }) => {
  const log: string[] = [];
  const variable = isWhole ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const tracer = createTracer({
    env: { [variable]: address, ...(headers && { OTEL_EXPORTER_OTLP_HEADERS: headers }) },
    flushOnExit: false,
    log: (line) => log.push(line),
  });
  expect(log).toEqual([]);
  const settings = tracer.describeSettings();
  expect(settings).toContain(isWhole ? address : `${address}/v1/traces`);
  const names = headers.split(',').map((pair) => pair.split('=', 1)[0] ?? '');
  for (const name of names) expect(settings).toContain(name);
});
