/**
 * A context in the environment of a child process, under OpenTelemetry's names: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/context/env-carriers/
 */
import { readProperty } from '../read-property.ts';
import type { Environment } from '../settings/setting.ts';
import type { Getter, Setter } from './propagator.ts';

/**
 * Reads a context from the environment of this process.
 *
 * @example
 * await withContext(extract(process.env, environmentGetter), main);
 */
export const environmentGetter: Getter<Environment> = {
  get(environment, name) {
    const value = readProperty(environment, variableOf(name));
    return typeof value === 'string' ? value : undefined;
  },
  keys: (environment) => Object.keys(environment).map((variable) => variable.toLowerCase().replaceAll('_', '-')),
};

/**
 * Writes a context to the environment of a new process. Pass a copy, and not `process.env`, which all requests share.
 *
 * @example
 * const env = { ...process.env };
 * inject(env, environmentSetter);
 * spawn('node', ['report.js'], { env });
 */
export const environmentSetter: Setter<Record<string, string | undefined>> = {
  set(environment, name, value) {
    environment[variableOf(name)] = value;
  },
};

/** Upper case, and an underscore for every character except letters and digits: shells allow no others in a name. */
function variableOf(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
