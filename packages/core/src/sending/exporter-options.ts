/** The options and settings of every exporter that sends over HTTP: how the receiver is reached, batching, and the spool. */
import { choice, timeoutMs } from '../settings/forms.ts';
import { hide, pem, showHeaders, showUrl } from '../settings/http-forms.ts';
import { type ProxySettings, proxyForm, resolveProxy } from '../settings/proxy.ts';
import { type ResolvedSettings, resolveSettings, type SettingOrigin } from '../settings/resolve-settings.ts';
import { type Environment, type Form, type Setting, setting } from '../settings/setting.ts';
import {
  type BatchOptions,
  type BatchSettings,
  batchSettings,
  type SpoolOptions,
  type SpoolSettings,
  toBatchSettings,
  toSpoolSettings,
} from './batch-options.ts';

type Compression = 'none' | 'gzip';

/** What the exporters for OTLP and Zipkin have in common. */
export interface ExporterOptions {
  /** Full address of the receiver, used as it is. */
  url?: string | URL | undefined;
  /** Sent with each request, such as `{ authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default `none`. */
  compression?: 'none' | 'gzip' | undefined;
  /** For one request, in milliseconds; 0 for no limit. Default 10,000. */
  timeoutMs?: number | undefined;
  /** PEM of the authority that signed the receiver's certificate. */
  certificate?: string | Buffer | undefined;
  /** PEM of the client's private key. */
  clientKey?: string | Buffer | undefined;
  /** PEM of the client's certificate. */
  clientCertificate?: string | Buffer | undefined;
  /** URL of an HTTP proxy, or `false` for none. Default: `HTTPS_PROXY` or `HTTP_PROXY`, and `NO_PROXY`; none for a receiver on this machine. */
  proxy?: string | URL | false | undefined;
  /** How spans are batched, queued and retried. */
  batch?: BatchOptions | undefined;
  /** Keeps waiting spans on disk. Default: spans wait in memory. */
  spool?: SpoolOptions | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

export interface ExporterSettings {
  readonly url: string;
  /** Names in lower case; names and values that Node's HTTP client takes. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: Compression;
  /** Always a time that a timer can wait for. */
  readonly timeoutMs: number;
  readonly certificate: string | Buffer | undefined;
  readonly clientKey: string | Buffer | undefined;
  readonly clientCertificate: string | Buffer | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly batch: BatchSettings;
  readonly spool: SpoolSettings | undefined;
  readonly origins: readonly SettingOrigin[];
  /** Variables that were ignored. The exporter reports them when it starts. */
  readonly warnings: readonly string[];
}

/** Rows of a setting table. A table of an exporter has these, and rows that only its format has. */
export type ExporterTable = typeof batchSettings & {
  readonly url: Setting<string>;
  readonly headers: Setting<Readonly<Record<string, string>>>;
  readonly compression: Setting<Compression>;
  readonly timeoutMs: Setting<number>;
  readonly certificate: Setting<string | Buffer | undefined>;
  readonly clientKey: Setting<string | Buffer | undefined>;
  readonly clientCertificate: Setting<string | Buffer | undefined>;
  readonly proxy: Setting<string | false | undefined>;
};

/** The end of a variable's name. */
export type VariableSuffix =
  | 'ENDPOINT'
  | 'HEADERS'
  | 'COMPRESSION'
  | 'TIMEOUT'
  | 'CERTIFICATE'
  | 'CLIENT_KEY'
  | 'CLIENT_CERTIFICATE';

export function exporterTable({
  variablesFor,
  defaultUrl,
  url,
  headers,
}: {
  /** The variables of a setting; the first one that is set wins. */
  readonly variablesFor: (suffix: VariableSuffix) => readonly string[];
  readonly defaultUrl: string;
  readonly url: Form<string>;
  readonly headers: Form<Readonly<Record<string, string>>>;
}): ExporterTable {
  function pemSetting(suffix: VariableSuffix, remedy: string): Setting<string | Buffer | undefined> {
    return setting({ variables: variablesFor(suffix), form: pem, fallback: undefined, remedy, show: hide });
  }

  return {
    url: setting({ variables: variablesFor('ENDPOINT'), form: url, fallback: defaultUrl, show: showUrl }),
    headers: setting({
      variables: variablesFor('HEADERS'),
      form: headers,
      fallback: {},
      remedy: "Use { authorization: 'Bearer …' }.",
      show: showHeaders,
    }),
    compression: setting({
      variables: variablesFor('COMPRESSION'),
      form: choice<Compression>(['none', 'gzip']),
      fallback: 'none',
    }),
    timeoutMs: setting({ variables: variablesFor('TIMEOUT'), form: timeoutMs, fallback: 10_000 }),
    certificate: pemSetting('CERTIFICATE', 'Leave it out to trust the authorities that Node trusts.'),
    clientKey: pemSetting('CLIENT_KEY', 'Leave it out for no client certificate.'),
    clientCertificate: pemSetting('CLIENT_CERTIFICATE', 'Leave it out for no client certificate.'),
    proxy: setting({
      form: proxyForm,
      fallback: undefined,
      remedy: 'Leave it out to use HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
      show: showUrl,
    }),
    ...batchSettings,
  };
}

/**
 * @returns The settings that all exporters have, and the values of all rows, for those of one format.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveExporterSettings<Table extends ExporterTable>(
  table: Table,
  options: ExporterOptions,
): { readonly settings: ExporterSettings; readonly values: ResolvedSettings<Table>['values'] } {
  const { values, origins, warnings, env } = resolveSettings(table, options);
  const { url, headers, compression, timeoutMs, certificate, clientKey, clientCertificate, ...others } =
    values as ResolvedSettings<ExporterTable>['values']; // each table has these rows
  const { proxy, origin, warnings: proxyWarnings } = resolveProxy(url, others.proxy, env);
  return {
    values,
    settings: {
      url,
      headers,
      compression,
      timeoutMs,
      certificate,
      clientKey,
      clientCertificate,
      proxy,
      batch: toBatchSettings(others),
      spool: toSpoolSettings(others),
      origins: origins.map((found) => (found.name === origin.name ? origin : found)),
      warnings: [...warnings, ...proxyWarnings],
    },
  };
}
