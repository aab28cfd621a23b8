/** The error for an unknown option: it says where the option belongs, or how it is spelt. */
import { WaymarkError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';

// Options that are often given to the wrong function. A test compares these lists with the real tables.

/** Options of an exporter, and their names in other libraries, with what to write inside `otlpExporter()`. */
const exporterOptions: Readonly<Record<string, string>> = {
  url: "{ url: 'http://collector:4318/v1/traces' }",
  endpoint: "{ url: 'http://collector:4318/v1/traces' }",
  headers: "{ headers: { authorization: 'Bearer …' } }",
  protocol: "{ protocol: 'http/json' }",
  compression: "{ compression: 'gzip' }",
  timeoutMs: '{ timeoutMs: 5000 }',
  certificate: "{ certificate: readFileSync('ca.pem') }",
  clientKey: "{ clientKey: readFileSync('key.pem') }",
  clientCertificate: "{ clientCertificate: readFileSync('cert.pem') }",
  proxy: "{ proxy: 'http://proxy:3128' }",
  batch: '{ batch: { scheduleDelayMs: 1000 } }',
  spool: "{ spool: { directory: '/var/lib/traces' } }",
};

const httpOptions: readonly string[] = [
  'tracer',
  'ignore',
  'outbound',
  'responseHeaders',
  'traceUrl',
  'knownMethods',
  'redactQuery',
  'trust',
  'captureHeaders',
  'propagateTo',
  'traceStateMember',
  'allowBaggage',
  'existingTraceHeaders',
];

const tracerOptions: readonly string[] = [
  'serviceName',
  'resource',
  'exporter',
  'sampler',
  'propagators',
  'libraries',
  'codeAttributes',
  'limits',
  'onStart',
  'onEnding',
  'spanProcessors',
  'disabled',
  'logLevel',
  'log',
  'flushOnExit',
  'clock',
  'idGenerator',
];

/** Names of options in other libraries. */
const otherNames: Readonly<Record<string, string>> = {
  endpoint: 'url',
  service: 'serviceName',
  name: 'serviceName',
  sampleRate: 'sampler',
  tracesSampleRate: 'sampler',
  samplingRate: 'sampler',
  debug: 'logLevel',
  enabled: 'disabled',
  spanProcessor: 'spanProcessors',
  traceExporter: 'exporter',
  ignorePaths: 'ignore',
  ignoreIncomingPaths: 'ignore',
};

/**
 * @param known The options of the called function, or of a group in them.
 * @param prefix `limits.` for the group `limits`; otherwise empty.
 */
export function unknownOption(key: string, known: readonly string[], prefix = ''): WaymarkError {
  const help = (prefix === '' ? helpElsewhere(key, known) : undefined) ?? helpSpelling(key, known, prefix);
  return new WaymarkError('WAYMARK_UNKNOWN_OPTION', `There is no option ${prefix}${key}. ${help}`);
}

/** The help for an option of another function. */
function helpElsewhere(key: string, known: readonly string[]): string | undefined {
  const isExporter = known.includes('batch');
  if (!isExporter && Object.hasOwn(exporterOptions, key)) {
    return (
      `It belongs to the exporter: exporter: otlpExporter(${exporterOptions[key]}), ` +
      "with import { otlpExporter } from '@waymark/core/otlp'."
    );
  }
  if (httpOptions.includes(key)) return 'It is an option of tracing() and traceHandler().';
  if (isExporter && tracerOptions.includes(key)) {
    return `It belongs next to the exporter: { ${key}: …, exporter: otlpExporter({ … }) }.`;
  }
  return undefined;
}

function helpSpelling(key: string, known: readonly string[], prefix: string): string {
  const other = prefix === '' && Object.hasOwn(otherNames, key) ? otherNames[key] : undefined;
  const near = other !== undefined && known.includes(other) ? other : nearestName(key, known);
  return near === undefined ? `The options are ${known.join(', ')}.` : `Did you mean ${prefix}${near}?`;
}
