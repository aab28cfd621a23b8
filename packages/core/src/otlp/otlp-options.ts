/** Options and settings of the OTLP exporter. */
import {
  type ExporterOptions,
  type ExporterSettings,
  exporterTable,
  resolveExporterSettings,
} from '../sending/exporter-options.ts';
import { choice } from '../settings/forms.ts';
import { checkHeaders, hide, httpUrl, notHttpUrl, readHeaders, readHttpUrl, showUrl } from '../settings/http-forms.ts';
import { type Form, type SettingTable, setting, Unreadable } from '../settings/setting.ts';

/** OTLP over HTTP, with bodies in protobuf or in JSON. */
export type OtlpProtocol = 'http/protobuf' | 'http/json';

/** Defaults: `OTEL_EXPORTER_OTLP_TRACES_*`, then `OTEL_EXPORTER_OTLP_*`, then the specification's default. */
export interface OtlpExporterOptions extends ExporterOptions {
  /** Full address of the receiver, used as it is. Default `http://localhost:4318/v1/traces`. */
  url?: string | URL | undefined;
  /** Default `http/protobuf`. */
  protocol?: OtlpProtocol | undefined;
}

export interface OtlpSettings extends ExporterSettings {
  readonly protocol: OtlpProtocol;
}

/** The variable for traces, which wins, and the one for all signals. */
function otlpVariables(suffix: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

const defaultUrl = 'http://localhost:4318/v1/traces';

const generalEndpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const defaultBase = 'http://localhost:4318';

const urlForm: Form<string> = {
  check: httpUrl(defaultUrl).check,
  read(text, { name, warn }) {
    const isBase = name === generalEndpoint;
    const url = readHttpUrl(text);
    if (url === undefined) return notHttpUrl(text, isBase ? defaultBase : defaultUrl);
    if (!isBase) return url.href;
    // Specification, "Endpoint URLs for OTLP/HTTP": the variable for traces is used as it is, the general one is a base.
    if (/\/v1\/traces\/?$/.test(url.pathname)) {
      warn(
        `${generalEndpoint}=${showUrl(text)} ends in /v1/traces already, and /v1/traces is added to it. ` +
          `Remove the path from the variable, or use OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`,
      );
    }
    url.pathname += url.pathname.endsWith('/') ? 'v1/traces' : '/v1/traces';
    return url.href;
  },
};

const headersForm: Form<Readonly<Record<string, string>>> = {
  check: checkHeaders,
  read(text, { name, env, warn }) {
    const own = readHeaders(text);
    const general = 'OTEL_EXPORTER_OTLP_HEADERS';
    if (own instanceof Unreadable || name === general) return own;
    // Both variables count: the headers for traces are added to the general ones, and override them.
    const shared = readHeaders(env[general]?.trim() ?? '');
    if (!(shared instanceof Unreadable)) return { ...shared, ...own };
    warn(`${general}=${hide()} was ignored: it must be ${shared.expected}`);
    return own;
  },
};

const protocols = choice<OtlpProtocol>(['http/protobuf', 'http/json']);

const protocolForm: Form<OtlpProtocol> = {
  check: protocols.check,
  read: (text) =>
    text.toLowerCase() === 'grpc'
      ? new Unreadable('http/protobuf or http/json, on the port for HTTP, usually 4318 (gRPC is not supported)')
      : protocols.read(text),
};

const { url, headers, ...others } = exporterTable({
  variablesFor: otlpVariables,
  defaultUrl,
  url: urlForm,
  headers: headersForm,
});

const table = {
  url,
  headers,
  protocol: setting({ variables: otlpVariables('PROTOCOL'), form: protocolForm, fallback: 'http/protobuf' }),
  ...others,
};

/** All settings of the OTLP exporter. A test compares it with docs/settings.md. */
export const otlpSettingTable: SettingTable = table;

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveOtlpSettings(options: OtlpExporterOptions): OtlpSettings {
  const { settings, values } = resolveExporterSettings(table, options);
  return { ...settings, protocol: values.protocol };
}
