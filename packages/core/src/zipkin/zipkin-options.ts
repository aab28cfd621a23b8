/** Options and settings of the Zipkin exporter. */
import {
  type BatchOptions,
  type BatchSettings,
  batchSettings,
  type SpoolOptions,
  type SpoolSettings,
  toBatchSettings,
  toSpoolSettings,
} from '../sending/batch-options.ts';
import { choice, timeoutMs } from '../settings/forms.ts';
import { checkHeaders, hide, httpUrl, pem, showHeaders, showUrl } from '../settings/http-forms.ts';
import { type ProxySettings, proxyForm, resolveProxy } from '../settings/proxy.ts';
import { resolveSettings, type SettingOrigin } from '../settings/resolve-settings.ts';
import { type Environment, type Setting, type SettingTable, setting } from '../settings/setting.ts';

/** What is left out comes from `OTEL_EXPORTER_ZIPKIN_*`, then from the specification's default. */
export interface ZipkinExporterOptions {
  /** Full address of the receiver, used as it is. `OTEL_EXPORTER_ZIPKIN_ENDPOINT`; default `http://localhost:9411/api/v2/spans`. */
  url?: string | URL | undefined;
  /** Sent with each request, such as `{ authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default `none`. */
  compression?: 'none' | 'gzip' | undefined;
  /** For one request, in milliseconds; 0 for no limit. `OTEL_EXPORTER_ZIPKIN_TIMEOUT`; default 10,000. */
  timeoutMs?: number | undefined;
  /** PEM of the authority that signed the receiver's certificate. */
  certificate?: string | Buffer | undefined;
  /** PEM of the client's private key. */
  clientKey?: string | Buffer | undefined;
  /** PEM of the client's certificate. */
  clientCertificate?: string | Buffer | undefined;
  /** URL of an HTTP proxy, or `false` for none. Default: `HTTPS_PROXY` or `HTTP_PROXY`, and `NO_PROXY`; none for a receiver on this machine. */
  proxy?: string | URL | false | undefined;
  batch?: BatchOptions | undefined;
  /** Default: none, spans wait in memory. */
  spool?: SpoolOptions | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

export interface ZipkinSettings {
  readonly url: string;
  /** Names in lower case; names and values that Node's HTTP client takes. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  /** Always a time that a timer can wait for. */
  readonly timeoutMs: number;
  readonly certificate: string | Buffer | undefined;
  readonly clientKey: string | Buffer | undefined;
  readonly clientCertificate: string | Buffer | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly batch: BatchSettings;
  readonly spool: SpoolSettings | undefined;
  readonly origins: readonly SettingOrigin[];
  /** Variables that were ignored, for the exporter to tell when it has somebody to tell. */
  readonly warnings: readonly string[];
}

const defaultUrl = 'http://localhost:9411/api/v2/spans';

const table = {
  url: setting({
    variables: ['OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
    form: httpUrl(defaultUrl),
    fallback: defaultUrl,
    show: showUrl,
  }),
  headers: setting({
    form: { check: checkHeaders },
    fallback: {},
    remedy: "Use { authorization: 'Bearer …' }.",
    show: showHeaders,
  }),
  compression: setting({ form: choice<'none' | 'gzip'>(['none', 'gzip']), fallback: 'none' }),
  timeoutMs: setting({ variables: ['OTEL_EXPORTER_ZIPKIN_TIMEOUT'], form: timeoutMs, fallback: 10_000 }),
  certificate: pemSetting('Leave it out to trust the authorities that Node trusts.'),
  clientKey: pemSetting('Leave it out for no client certificate.'),
  clientCertificate: pemSetting('Leave it out for no client certificate.'),
  proxy: setting({
    form: proxyForm,
    fallback: undefined,
    remedy: 'Leave it out to use HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
    show: showUrl,
  }),
  ...batchSettings,
};

/** All settings of the Zipkin exporter. docs/settings.md has the same; a test compares. */
export const zipkinSettingTable: SettingTable = table;

function pemSetting(remedy: string): Setting<string | Buffer | undefined> {
  return setting({ form: pem, fallback: undefined, remedy, show: hide });
}

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveZipkinSettings(options: ZipkinExporterOptions): ZipkinSettings {
  const { values, origins, warnings, env } = resolveSettings(table, options);
  const { proxy, origin, warnings: proxyWarnings } = resolveProxy(values.url, values.proxy, env);
  return {
    url: values.url,
    headers: values.headers,
    compression: values.compression,
    timeoutMs: values.timeoutMs,
    certificate: values.certificate,
    clientKey: values.clientKey,
    clientCertificate: values.clientCertificate,
    proxy,
    batch: toBatchSettings(values),
    spool: toSpoolSettings(values),
    origins: origins.map((found) => (found.name === origin.name ? origin : found)),
    warnings: [...warnings, ...proxyWarnings],
  };
}
