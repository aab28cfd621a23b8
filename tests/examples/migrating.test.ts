// docs/migrating.md: each function, option and variable in the column for Waymark exists, and works with OpenTelemetry's numbers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@waymark/core';
import * as otlp from '@waymark/core/otlp';
import * as testing from '@waymark/core/testing';

const docs = join(__dirname, '../../docs');
const page = readFileSync(join(docs, 'migrating.md'), 'utf8');
const settings = readFileSync(join(docs, 'settings.md'), 'utf8');

/** The code in the right-hand column. */
const pieces = [...page.matchAll(/^\| .* \| (.*) \|$/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
);

const exporter = testing.inMemoryExporter();
const tracer = core.createTracer({ exporter, flushOnExit: false });
const span = tracer.startSpan('any');
const ofFrameworks = ['tracing', 'use', 'register'];
const placeholders = ['fn', 'TheirExporter'];

const calls = [...new Set(pieces.flatMap((code) => [...code.matchAll(/(\w+)\(/g)].map(([, name = '']) => name)))];

test.each(calls.filter((name) => ![...ofFrameworks, ...placeholders].includes(name)))('%s() exists', (name) => {
  expect([core, otlp, testing, span, tracer].some((owner) => name in owner)).toBe(true);
});

const variables = [...new Set(pieces.flatMap((code) => code.match(/\bOTEL_[A-Z_]+\b/g) ?? []))];

test.each(variables)('%s is in docs/settings.md', (variable) => {
  expect(settings).toMatch(new RegExp(`\`${variable}\\b`));
});

const options = ['serviceName', 'sampler', 'exporter', 'propagateTo', 'onEnding', 'ignore'];

test.each(options)('the option %s is in the column and in docs/settings.md', (option) => {
  expect(pieces.some((code) => code.includes(option))).toBe(true);
  expect(settings).toContain(`| \`${option}\` |`);
});

test("a status with OpenTelemetry's number is the same", () => {
  tracer.withSpan('charge', (charge) => charge.setStatus({ code: 2, message: 'declined' }));
  expect(exporter.spans[0]?.status).toEqual({ code: 'error', message: 'declined' });
});

test('the context of a carrier can be continued', () => {
  const carrier = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const traceId = core.withContext(core.extract(carrier), () => tracer.withSpan('step', ({ traceId }) => traceId));
  expect(traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});
