import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTracer } from '../create-tracer.ts';
import { httpTracingOptionNames, resolveHttpSettings } from '../http/resolve-http-settings.ts';
import { tracerOptionNames } from '../options.ts';
import { otlpExporter } from '../otlp/index.ts';
import { otlpSettingTable } from '../otlp/otlp-options.ts';
import { nearestName } from './nearest-name.ts';

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
}

const tracing = (options: object) => resolveHttpSettings({ exporter: [], ...options });

test.each([
  ['ignroe', 'ignore'],
  ['Trust', 'trust'],
  ['captureHeader', 'captureHeaders'],
  ['propagateto', 'propagateTo'],
  ['outBound', 'outbound'],
  ['serivceName', 'serviceName'],
  ['service', 'serviceName'],
  ['samplers', 'sampler'],
  ['sampleRate', 'sampler'],
  ['ignorePaths', 'ignore'],
])('tracing({ %s }) is answered with %s', (given, meant) => {
  expect(messageOf(() => tracing({ [given]: 'x' }))).toBe(
    `There is no option ${given}. Did you mean ${meant}? (WAYMARK_UNKNOWN_OPTION)`,
  );
});

test('lists the options of HTTP and of the tracer if no name is near', () => {
  const message = messageOf(() => tracing({ colour: 'red' }));
  for (const name of httpTracingOptionNames) expect(message).toContain(name);
});

test('refuses an unknown option together with a tracer', () => {
  const tracer = createTracer({ exporter: [] });
  expect(messageOf(() => resolveHttpSettings({ tracer, ignroe: '/x' } as never))).toContain('Did you mean ignore?');
});

const misplaced = Object.keys(otlpSettingTable).map((path) => path.split('.', 1)[0] ?? path);

test.each([...new Set([...misplaced, 'endpoint'])])('says that %s belongs to the exporter', (name) => {
  for (const call of [() => tracing({ [name]: 'x' }), () => createTracer({ [name]: 'x' } as never)]) {
    const message = messageOf(call);
    expect(message).toMatch(`There is no option ${name}. It belongs to the exporter: exporter: otlpExporter({ `);
    expect(message).toContain("with import { otlpExporter } from '@waymark/core/otlp'.");
  }
});

test.each([...new Set([...misplaced, 'endpoint'])])('answers %s with code that runs', (name) => {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  const code = /exporter: (otlpExporter\(.*\)), with/.exec(messageOf(() => tracing({ [name]: 'x' })))?.[1] ?? '';
  const runnable = code.replace('Bearer …', 'Bearer x').replace('/var/lib/traces', directory);
  const run = new Function('otlpExporter', 'readFileSync', `return ${runnable}`);
  expect(run(otlpExporter, () => Buffer.from('PEM'))).toMatchObject({ name: 'otlp' });
});

test.each(httpTracingOptionNames.filter((name) => !tracerOptionNames.includes(name)))(
  'says to createTracer() that %s is an option of tracing()',
  (name) => {
    expect(messageOf(() => createTracer({ [name]: 'x' } as never))).toBe(
      `There is no option ${name}. It is an option of tracing() and traceHandler(). (WAYMARK_UNKNOWN_OPTION)`,
    );
  },
);

test.each(tracerOptionNames.filter((name) => name !== 'env'))('says in otlpExporter() where %s belongs', (name) => {
  expect(messageOf(() => otlpExporter({ [name]: 'x' } as never))).toContain(
    `There is no option ${name}. It belongs next to the exporter: { ${name}: …, exporter: otlpExporter({ … }) }.`,
  );
});

test('suggests a name with up to a third of other letters', () => {
  expect(nearestName('trsut', ['ignore', 'trust'])).toBe('trust');
  expect(nearestName('url', ['env', 'log'])).toBeUndefined();
  expect(nearestName('attrs', ['attributes', 'links'])).toBeUndefined();
  expect(nearestName('linsk', ['attributes', 'links'])).toBe('links');
});
