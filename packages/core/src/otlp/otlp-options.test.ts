import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WaymarkError } from '../errors.ts';
import { longestTimerMs } from '../longest-timer.ts';
import { describeSettings } from '../settings/resolve-settings.ts';
import { type OtlpExporterOptions, type OtlpSettings, resolveOtlpSettings } from './otlp-options.ts';

const defaults: Omit<OtlpSettings, 'origins'> = {
  url: 'http://localhost:4318/v1/traces',
  headers: {},
  protocol: 'http/protobuf',
  compression: 'none',
  timeoutMs: 10_000,
  certificate: undefined,
  clientKey: undefined,
  clientCertificate: undefined,
  proxy: undefined,
  batch: {
    scheduleDelayMs: 5000,
    exportTimeoutMs: 30_000,
    maxQueueSize: Number.POSITIVE_INFINITY,
    maxQueueBytes: 64 * 1024 * 1024,
    maxExportBatchSize: 512,
    maxRequests: 4,
    whenFull: 'drop-newest',
    maxAgeMs: 900_000,
  },
  spool: undefined,
  warnings: [],
};

function resolve(options: OtlpExporterOptions = {}): Omit<OtlpSettings, 'origins'> {
  const { origins: _, ...settings } = resolveOtlpSettings({ env: {}, ...options });
  return settings;
}

function errorOf(options: object): WaymarkError {
  try {
    resolve(options);
  } catch (error) {
    if (error instanceof WaymarkError) return error;
  }
  throw new Error('expected a WaymarkError');
}

const prefixes = ['OTEL_EXPORTER_OTLP_TRACES_', 'OTEL_EXPORTER_OTLP_'] as const;

test("uses the specification's defaults", () => {
  expect(resolve()).toEqual(defaults);
});

describe('the address', () => {
  test.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['https://collector/base', 'https://collector/base/v1/traces'],
    ['https://collector/base/', 'https://collector/base/v1/traces'],
    ['https://collector/base?key=1', 'https://collector/base/v1/traces?key=1'],
    ['HTTP://Collector:4318', 'http://collector:4318/v1/traces'],
  ])('is the general %s with the path added', (base, url) => {
    expect(resolve({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: base } })).toEqual({ ...defaults, url });
  });

  test.each([
    ['http://collector:4318', 'http://collector:4318/'],
    ['http://collector:4318/', 'http://collector:4318/'],
    ['https://collector/other?key=1', 'https://collector/other?key=1'],
  ])('is the variable for traces, %s, as it is', (endpoint, url) => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other' };
    expect(resolve({ env })).toEqual({ ...defaults, url });
    expect(resolve({ url: endpoint })).toEqual({ ...defaults, url });
    expect(resolve({ url: new URL(endpoint) })).toEqual({ ...defaults, url });
  });

  test.each([
    ['collector:4318', 'http://collector:4318', 'http://collector:4318/v1/traces'],
    ['//collector:4318', 'http://collector:4318', 'http://collector:4318/v1/traces'],
    ['collector', 'http://collector:4318', 'http://collector:4318/v1/traces'],
    ['10.0.0.7:4318', 'http://10.0.0.7:4318', 'http://10.0.0.7:4318/v1/traces'],
    ['[::1]:4318', 'http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
    ['collector:4318/base', 'http://collector:4318/base', 'http://collector:4318/base'],
    ['ftp://collector', 'http://localhost:4318', defaults.url],
    ['/v1/traces', 'http://localhost:4318', defaults.url],
    ['http://', 'http://localhost:4318', defaults.url],
    ['collector:4318?key=1', 'http://localhost:4318', defaults.url],
  ])('is not %s, and the message names what to write', (text, base, full) => {
    const expected = 'was ignored: it must be an http or https URL, such as';
    const shown = text.replace(/\?.*/, '?REDACTED');
    const { url, warnings } = resolve({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: text } });
    expect([url, warnings]).toEqual([defaults.url, [`OTEL_EXPORTER_OTLP_ENDPOINT=${shown} ${expected} ${base}`]]);
    const { warnings: own } = resolve({ env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text } });
    expect(own).toEqual([`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${shown} ${expected} ${full}`]);
    expect(errorOf({ url: text }).message).toBe(
      `url must be an http or https URL, such as ${full}, got ${shown}. ` +
        'Leave it out to use http://localhost:4318/v1/traces. (WAYMARK_INVALID_OPTION)',
    );
    // Each remedy works.
    expect(resolve({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: base } })).toMatchObject({
      url: `${base}/v1/traces`,
      warnings: [],
    });
    expect(resolve({ url: full }).url).toBe(full);
  });

  test.each(['http://collector:4318/v1/traces', 'https://collector/base/v1/traces/'])(
    'is warned about where the general variable has the path already: %s',
    (text) => {
      const { url, warnings } = resolve({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: text } });
      expect(url).toBe(`${text.replace(/\/$/, '')}/v1/traces`);
      expect(warnings).toEqual([
        `OTEL_EXPORTER_OTLP_ENDPOINT=${text} ends in /v1/traces already, and /v1/traces is added to it. ` +
          'Remove the path from the variable, or use OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      ]);
      expect(resolve({ env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text } })).toMatchObject({ url: text, warnings: [] });
    },
  );
});

describe('headers', () => {
  test('are percent-decoded, with names in lower case', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20a=b, x-tenant = acme ,' };
    expect(resolve({ env }).headers).toEqual({ authorization: 'Basic a=b', 'x-tenant': 'acme' });
  });

  test('are the general ones and those for traces, and those for traces win', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'A=general,b=general', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=own,c=own' };
    expect(resolve({ env }).headers).toEqual({ a: 'own', b: 'general', c: 'own' });
  });

  test('come only from code if code has any', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'a=1' };
    expect(resolve({ headers: { Authorization: 'Bearer x' }, env }).headers).toEqual({ authorization: 'Bearer x' });
  });

  test('of one variable are ignored if they are malformed, and those of the other kept', () => {
    const form = 'it must be a list like key1=value1,key2=value2';
    expect(
      resolve({ env: { OTEL_EXPORTER_OTLP_HEADERS: 'secret', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=1' } }),
    ).toEqual({
      ...defaults,
      headers: { a: '1' },
      warnings: [`OTEL_EXPORTER_OTLP_HEADERS=(not shown) was ignored: ${form}`],
    });
    expect(
      resolve({ env: { OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'secret' } }),
    ).toEqual({
      ...defaults,
      headers: { a: '1' },
      warnings: [`OTEL_EXPORTER_OTLP_TRACES_HEADERS=(not shown) was ignored: ${form}`],
    });
  });

  test.each([{ 'a b': '1' }, { a: '1\r\nb: 2' }, { a: '\u20ac' }, { '': '1' }])(
    'are not %j, which Node would throw at',
    (headers) => {
      expect(errorOf({ headers }).message).toMatch(/^headers must be names and values that HTTP allows, got /);
    },
  );

  test.each(['a=%0D%0Ab', 'a b=1'])('are not %j in a variable', (text) => {
    expect(resolve({ env: { OTEL_EXPORTER_OTLP_HEADERS: text } })).toEqual({
      ...defaults,
      warnings: ['OTEL_EXPORTER_OTLP_HEADERS=(not shown) was ignored: it must be names and values that HTTP allows'],
    });
  });
});

test.each(prefixes)('reads protocol, compression and timeout from %s*', (prefix) => {
  const env = { [`${prefix}PROTOCOL`]: 'HTTP/JSON', [`${prefix}COMPRESSION`]: 'GZip', [`${prefix}TIMEOUT`]: '250' };
  expect(resolve({ env })).toEqual({ ...defaults, protocol: 'http/json', compression: 'gzip', timeoutMs: 250 });
});

test('prefers the variable for traces, and code to both', () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '1', OTEL_EXPORTER_OTLP_TIMEOUT: '2' };
  expect(resolve({ env }).timeoutMs).toBe(1);
  expect(resolve({ env: { ...env, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: 'soon' } })).toEqual({
    ...defaults,
    timeoutMs: 2,
    warnings: [
      'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=soon was ignored: it must be a whole number of at least 0 and at most 2147483647',
    ],
  });
  expect(resolve({ timeoutMs: 3, env }).timeoutMs).toBe(3);
});

test('names the HTTP port for gRPC', () => {
  expect(resolve({ env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } })).toEqual({
    ...defaults,
    warnings: [
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc was ignored: it must be http/protobuf or http/json, on the port for HTTP, usually 4318 (gRPC is not supported)',
    ],
  });
});

describe('time', () => {
  test('takes 0 as no limit, and resolves to the longest wait of a timer', () => {
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '0', OTEL_BSP_EXPORT_TIMEOUT: '0' };
    for (const options of [{ env }, { timeoutMs: 0, batch: { exportTimeoutMs: Number.POSITIVE_INFINITY } }]) {
      const { timeoutMs, batch } = resolve(options);
      expect([timeoutMs, batch.exportTimeoutMs]).toEqual([longestTimerMs, longestTimerMs]);
    }
  });

  test('takes 0 as no delay', () => {
    expect(resolve({ env: { OTEL_BSP_SCHEDULE_DELAY: '0' } }).batch.scheduleDelayMs).toBe(0);
  });

  test('is at most the longest wait of a timer', () => {
    const delay = (text: string) => resolve({ env: { OTEL_BSP_SCHEDULE_DELAY: text } }).batch.scheduleDelayMs;
    expect(delay(String(longestTimerMs))).toBe(longestTimerMs);
    expect(delay(String(longestTimerMs + 1))).toBe(5000);
    expect(() => resolve({ batch: { scheduleDelayMs: longestTimerMs + 1 } })).toThrow(WaymarkError);
  });
});

describe('batching', () => {
  test('comes from OTEL_BSP_*, or from code', () => {
    const env = {
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_BSP_EXPORT_TIMEOUT: '2',
      OTEL_BSP_MAX_QUEUE_SIZE: '4',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '3',
    };
    const batch = { scheduleDelayMs: 1, exportTimeoutMs: 2, maxQueueSize: 4, maxExportBatchSize: 3 };
    const expected = { ...defaults, batch: { ...defaults.batch, ...batch } };
    expect(resolve({ env })).toEqual(expected);
    expect(resolve({ batch })).toEqual(expected);
  });

  test('has batches that the queue can hold', () => {
    const size = (maxQueueSize: number) => resolve({ batch: { maxQueueSize } }).batch.maxExportBatchSize;
    expect([size(511), size(512), size(513)]).toEqual([511, 512, 512]);
  });

  test.each(['maxQueueSize', 'maxQueueBytes', 'maxExportBatchSize', 'maxRequests'])('refuses a %s of 0', (name) => {
    expect(errorOf({ batch: { [name]: 0 } }).message).toMatch(
      new RegExp(`^batch.${name} must be a whole number of at least 1, got 0\\. Leave it out to `),
    );
  });
});

describe('certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-pem-'));
  const path = join(folder, 'ca.pem');
  writeFileSync(path, 'PEM');

  test.each(prefixes)('are read from the files that %s* name', (prefix) => {
    const env = {
      [`${prefix}CERTIFICATE`]: path,
      [`${prefix}CLIENT_KEY`]: path,
      [`${prefix}CLIENT_CERTIFICATE`]: path,
    };
    const pem = Buffer.from('PEM');
    expect(resolve({ env })).toEqual({ ...defaults, certificate: pem, clientKey: pem, clientCertificate: pem });
  });

  test('are taken from code as string or bytes', () => {
    const pem = Buffer.from('PEM');
    expect(resolve({ certificate: 'PEM', clientKey: pem })).toEqual({
      ...defaults,
      certificate: 'PEM',
      clientKey: pem,
    });
  });

  test('are ignored if the file does not exist, and the reason is reported', () => {
    const { certificate, warnings } = resolve({ env: { OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'none.pem') } });
    expect(certificate).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_CERTIFICATE=.* it must be the path of a readable PEM file \(ENOENT: /),
    ]);
  });
});

test('never shows a secret: not in the settings, not in a warning, not in an error', () => {
  const secret = 'hunter2';
  const settings = resolveOtlpSettings({
    url: `http://user:${secret}@collector/v1/traces?key=${secret}`,
    headers: { authorization: secret },
    clientKey: secret,
    clientCertificate: Buffer.from(secret),
    env: {},
  });
  const shown = describeSettings(settings.origins);
  expect(shown).not.toContain(secret);
  expect(JSON.stringify(settings.origins)).not.toContain(secret);
  expect(shown.split('\n').slice(0, 2)).toEqual([
    'url                       http://REDACTED@collector/v1/traces?REDACTED  (code)',
    'headers                   authorization  (code)',
  ]);

  const wrong: object[] = [
    { headers: `authorization=${secret}` },
    { headers: { authorization: [secret] } },
    { headers: [secret] },
    { clientKey: [secret] },
    { url: `htp://user:${secret}@collector` },
    { url: `user:${secret}@collector` },
    { url: [`http://user:${secret}@collector`] },
  ];
  for (const options of wrong) expect(errorOf(options).message).not.toContain(secret);

  for (const name of ['ENDPOINT', 'HEADERS', 'TRACES_ENDPOINT', 'TRACES_HEADERS']) {
    const { warnings } = resolve({ env: { [`OTEL_EXPORTER_OTLP_${name}`]: `user:${secret}@collector` } });
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain(secret);
  }
});

test('refuses unknown options', () => {
  expect(errorOf({ endpoint: 'http://collector' })).toMatchObject({
    code: 'WAYMARK_UNKNOWN_OPTION',
    message: 'There is no option endpoint. Did you mean url? (WAYMARK_UNKNOWN_OPTION)',
  });
  expect(errorOf({ retries: 3 }).message).toBe(
    'There is no option retries. The options are url, headers, protocol, compression, timeoutMs, certificate, ' +
      'clientKey, clientCertificate, proxy, batch, spool. (WAYMARK_UNKNOWN_OPTION)',
  );
  expect(errorOf({ serviceName: 'a' }).message).toContain(
    'next to the exporter: { serviceName: …, exporter: otlpExporter(',
  );
  expect(errorOf({ ignore: '/health' }).message).toContain('It is an option of tracing() and traceHandler().');
  expect(errorOf({ batch: { maxBatchSize: 1 } }).code).toBe('WAYMARK_UNKNOWN_OPTION');
});
