/** A context of OpenTelemetry without any value, for processors in a process that has not loaded the API for Waymark. */
import type { OpenTelemetryContext } from './api-types.ts';

class MapContext implements OpenTelemetryContext {
  private readonly values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.values = values;
  }

  getValue(key: symbol): unknown {
    return this.values.get(key);
  }

  setValue(key: symbol, value: unknown): OpenTelemetryContext {
    return new MapContext(new Map(this.values).set(key, value));
  }

  deleteValue(key: symbol): OpenTelemetryContext {
    const values = new Map(this.values);
    values.delete(key);
    return new MapContext(values);
  }
}

export const emptyContext: OpenTelemetryContext = new MapContext(new Map());
