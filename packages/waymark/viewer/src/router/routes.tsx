/** Which screen an address is. Each is loaded when it is first gone to. */
import type { ComponentChild } from 'preact';

export interface Route {
  readonly pattern: RegExp;
  /** Gets what the pattern's groups matched, decoded. */
  readonly load: () => Promise<(groups: readonly string[]) => ComponentChild>;
}

export const routes: readonly Route[] = [
  {
    pattern: /^\/(?:traces)?$/,
    load: async () => {
      const { TracesScreen } = await import('../traces/traces-screen.tsx');
      return () => <TracesScreen />;
    },
  },
  {
    pattern: /^\/trace\/([^/]+)$/,
    load: async () => {
      const { TraceScreen } = await import('../trace/trace-screen.tsx');
      return ([traceId = '']) => <TraceScreen key={traceId} traceId={traceId} />;
    },
  },
  {
    pattern: /^\/compare\/([^/]+)\/([^/]+)$/,
    load: async () => {
      const { CompareScreen } = await import('../compare/compare-screen.tsx');
      return ([a = '', b = '']) => <CompareScreen key={`${a}/${b}`} a={a} b={b} />;
    },
  },
  {
    pattern: /^\/operations$/,
    load: async () => {
      const { OperationsScreen } = await import('../operations/operations-screen.tsx');
      return () => <OperationsScreen />;
    },
  },
  {
    pattern: /^\/map$/,
    load: async () => {
      const { MapScreen } = await import('../map/map-screen.tsx');
      return () => <MapScreen />;
    },
  },
  {
    pattern: /^\/errors$/,
    load: async () => {
      const { ErrorsScreen } = await import('../errors/errors-screen.tsx');
      return () => <ErrorsScreen />;
    },
  },
];
