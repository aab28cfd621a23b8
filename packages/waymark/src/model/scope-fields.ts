/** Name and version of a span's scope, by the keys that OpenTelemetry gives them in formats without scopes. */
import type { Scope } from './span.ts';

/** @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/#instrumentationscope */
export function isScopeKey(key: string): boolean {
  return key === 'otel.scope.name' || key === 'otel.scope.version';
}

/** `undefined` for another key, and for a scope without a name or version. */
export function scopeFieldOf(scope: Scope | undefined, key: string): string | undefined {
  if (scope === undefined || !isScopeKey(key)) return undefined;
  return (key === 'otel.scope.name' ? scope.name : scope.version) || undefined;
}
