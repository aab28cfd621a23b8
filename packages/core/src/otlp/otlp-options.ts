/** Options and settings of the OTLP exporter. */
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
import {
  checkHeaders,
  hide,
  httpUrl,
  notHttpUrl,
  pem,
  readHeaders,
  readHttpUrl,
  showHeaders,
  showUrl,
} from '../settings/http-forms.ts';
import { type ProxySettings, proxyForm, resolveProxy } from '../settings/proxy.ts';
import { resolveSettings, type SettingOrigin } from '../settings/resolve-settings.ts';
import {
  type Environment,
  type Form,
  type Setting,
  type SettingTable,
  setting,
  Unreadable,
} from '../settings/setting.ts';

export type OtlpProtocol = 'http/protobuf' | 'http/json';
export type OtlpCompression = 'none' | 'gzip';

/** What is left out comes from `OTEL_EXPORTER_OTLP_TRACES_*`, then `OTEL_EXPORTER_OTLP_*`, then the specification's default. */
export interface OtlpExporterOptions {
  /** Full address of the receiver, used as it is. Default `http://localhost:4318/v1/traces`. */
  url?: string | URL | undefined;
  /** Sent with each request, such as `{ authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default `http/protobuf`. */
  protocol?: OtlpProtocol | undefined;
  /** Default `none`. */
  compression?: OtlpCompression | undefined;
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
  batch?: BatchOptions | undefined;
  /** Default: none, spans wait in memory. */
  spool?: SpoolOptions | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

export interface OtlpSettings {
  readonly url: string;
  /** Names in lower case; names and values that Node's HTTP client takes. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: OtlpProtocol;
  readonly compression: OtlpCompression;
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

/** The traces' own variable, which wins, and the one for all signals. */
function otlpVariables(suffix: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

const defaultUrl = 'http://localhost:4318/v1/traces';

const generalEndpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const defaultBase = 'http://localhost:4318';

const endpoint: Form<string> = {
  check: httpUrl(defaultUrl).check,
  read(text, { name, warn }) {
    const isBase = name === generalEndpoint;
    const url = readHttpUrl(text);
    if (url === undefined) return notHttpUrl(text, isBase ? defaultBase : defaultUrl);
    if (!isBase) return url.href;
    // Specification, "Endpoint URLs for OTLP/HTTP": the traces' own variable is used as it is, the general one is a base.
    if (/\/v1\/traces\/?$/.test(url.pathname)) {
      warn(
        `${generalEndpoint}=${showUrl(text)} gets /v1/traces added, and it ends in /v1/traces already. ` +
          `Remove the path from the variable, or use OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`,
      );
    }
    url.pathname += url.pathname.endsWith('/') ? 'v1/traces' : '/v1/traces';
    return url.href;
  },
};

const headers: Form<Readonly<Record<string, string>>> = {
  check: checkHeaders,
  read(text, { name, env, warn }) {
    const own = readHeaders(text);
    const general = 'OTEL_EXPORTER_OTLP_HEADERS';
    if (own instanceof Unreadable || name === general) return own;
    // Both variables count: the traces' own headers are added to the general ones, and win where both have one.
    const shared = readHeaders(env[general]?.trim() ?? '');
    if (!(shared instanceof Unreadable)) return { ...shared, ...own };
    warn(`${general}=${hide()} was ignored: it must be ${shared.expected}`);
    return own;
  },
};

const protocols = choice<OtlpProtocol>(['http/protobuf', 'http/json']);

const protocol: Form<OtlpProtocol> = {
  check: protocols.check,
  read: (text) =>
    text.toLowerCase() === 'grpc'
      ? new Unreadable('http/protobuf or http/json, on the port for HTTP, usually 4318 (gRPC is not supported)')
      : protocols.read(text),
};

const table = {
  url: setting({
    variables: otlpVariables('ENDPOINT'),
    form: endpoint,
    fallback: defaultUrl,
    show: showUrl,
  }),
  headers: setting({
    variables: otlpVariables('HEADERS'),
    form: headers,
    fallback: {},
    remedy: "Use { authorization: 'Bearer …' }.",
    show: showHeaders,
  }),
  protocol: setting({ variables: otlpVariables('PROTOCOL'), form: protocol, fallback: 'http/protobuf' }),
  compression: setting({
    variables: otlpVariables('COMPRESSION'),
    form: choice<OtlpCompression>(['none', 'gzip']),
    fallback: 'none',
  }),
  timeoutMs: setting({ variables: otlpVariables('TIMEOUT'), form: timeoutMs, fallback: 10_000 }),
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

/** All settings of the OTLP exporter. docs/settings.md has the same; a test compares. */
export const otlpSettingTable: SettingTable = table;

function pemSetting(suffix: string, remedy: string): Setting<string | Buffer | undefined> {
  return setting({ variables: otlpVariables(suffix), form: pem, fallback: undefined, remedy, show: hide });
}

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveOtlpSettings(options: OtlpExporterOptions): OtlpSettings {
  const { values, origins, warnings, env } = resolveSettings(table, options);
  const { proxy, origin, warnings: proxyWarnings } = resolveProxy(values.url, values.proxy, env);
  return {
    url: values.url,
    headers: values.headers,
    protocol: values.protocol,
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
