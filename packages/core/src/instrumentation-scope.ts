/** Which code makes a span: a library, an adapter, a part of the application. */
import { invalidOption } from './errors.ts';
import { version } from './version.ts';

/**
 * The instrumentation scope of a span: name and version of the code that makes it. It is not the service, which is in the resource.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/
 */
export interface InstrumentationScope {
  /** Such as `@waymark/express`, or the `name` of `tracer.withScope()`. */
  readonly name: string;
  /** `undefined` if the scope was made without one. */
  readonly version: string | undefined;
  /** The URL of the schema that the spans' attributes follow. Only a tracer of OpenTelemetry's API sets one. */
  readonly schemaUrl?: string;
}

// Names are few and short: packages, parts of an application. Generated ones must not fill the memory.
const maxScopes = 1000;
const maxScopeTextLength = 1024;

const scopes = new Map<string, InstrumentationScope>();

/**
 * The one object for these values, so that exporters compare scopes by identity and keep the bytes of each. Strings beyond 1,024
 * characters are cut.
 */
export function scopeOf(name: string, ofVersion?: string, schemaUrl?: string): InstrumentationScope {
  const values = [name, ofVersion, schemaUrl].map((text) => text?.slice(0, maxScopeTextLength));
  const key = JSON.stringify(values);
  let scope = scopes.get(key);
  if (scope === undefined) {
    if (scopes.size >= maxScopes) scopes.clear();
    const [ownName = '', ownVersion, ownUrl] = values;
    scope = Object.freeze({
      name: ownName,
      version: ownVersion || undefined, // specification, "Get a Tracer": an empty version is as good as none
      ...(ownUrl && { schemaUrl: ownUrl }),
    });
    scopes.set(key, scope);
  }
  return scope;
}

/** The scope of a part of Waymark. */
export function ownScope(name: string): InstrumentationScope {
  return scopeOf(name, version);
}

/** The scope of spans that the application starts without naming one. */
export const coreScope: InstrumentationScope = ownScope('@waymark/core');

/**
 * The scope that an application names.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that is not a string, an empty name, or more than 1,024 characters.
 */
export function givenScope(name: unknown, ofVersion: unknown): InstrumentationScope {
  if (typeof name !== 'string' || name === '' || name.length > maxScopeTextLength) {
    throw invalidOption(
      'name of tracer.withScope(name, version)',
      name,
      `a string of 1 to ${maxScopeTextLength} characters`,
      "Give it the name of the package or part that makes the spans: tracer.withScope('shop').",
    );
  }
  if (ofVersion !== undefined && (typeof ofVersion !== 'string' || ofVersion.length > maxScopeTextLength)) {
    throw invalidOption(
      'version of tracer.withScope(name, version)',
      ofVersion,
      `a string of at most ${maxScopeTextLength} characters`,
      "Write it as in package.json: tracer.withScope('shop', '1.2.0'), or leave it out.",
    );
  }
  return scopeOf(name, ofVersion);
}
