/** The `spanProcessors` option: processors of OpenTelemetry's SDK. */
import { describeValue, nameOf } from './errors.ts';
import type { OpenTelemetrySpanProcessor } from './open-telemetry-types.ts';
import { readProperty } from './read-property.ts';
import { type Form, Unreadable } from './settings/setting.ts';

const methods = ['onStart', 'onEnd', 'forceFlush', 'shutdown'];

export const spanProcessorsForm: Form<readonly OpenTelemetrySpanProcessor[]> = {
  check(given) {
    if (Array.isArray(given) && given.every(isSpanProcessor)) return given;
    return new Unreadable(`an array of objects with ${methods.join('(), ')}()`, remedyFor(given), describe(given));
  },
};

function isSpanProcessor(value: unknown): value is OpenTelemetrySpanProcessor {
  return typeof value === 'object' && methods.every((name) => typeof readProperty(value, name) === 'function');
}

function remedyFor(given: unknown): string | undefined {
  if (isSpanProcessor(given)) return 'Put the processor into an array: [processor].';
  const isExporter = [given].flat().some((one) => typeof readProperty(one, 'export') === 'function');
  return isExporter ? 'An exporter goes into the option exporter.' : undefined;
}

/** The processors in force, by their names: their fields may contain secrets. */
export function showSpanProcessors(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.map(nameOfProcessor).join(', ') : 'none';
}

function describe(given: unknown): string {
  return describeValue(Array.isArray(given) ? given.map(nameOrValue) : nameOrValue(given));
}

function nameOrValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? nameOfProcessor(value) : value;
}

/** The name of a processor's class, such as `BatchSpanProcessor`. */
export function nameOfProcessor(processor: object): string {
  const maker = readProperty(processor, 'constructor');
  const name = typeof maker === 'function' ? nameOf(maker) : 'anonymous';
  return name === 'anonymous' || name === 'Object' ? 'a span processor' : name;
}
