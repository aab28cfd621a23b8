/**
 * Maps addresses to screens. The trace and compare screens are loaded on first use. The other screens share one
 * chunk, which is smaller than four.
 */
import type { ComponentChild } from 'preact';
import { ErrorsScreen } from '../errors/errors-screen.tsx';
import { MapScreen } from '../map/map-screen.tsx';
import { OperationsScreen } from '../operations/operations-screen.tsx';
import { TracesScreen } from '../traces/traces-screen.tsx';

/** Gets the decoded groups of the pattern. */
type Show = (groups: readonly string[]) => ComponentChild;

export interface Route {
  readonly pattern: RegExp;
  readonly load: () => Promise<Show>;
}

export const routes: readonly Route[] = [
  {
    pattern: /^\/(?:traces)?$/,
    load: async () => () => <TracesScreen />,
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
    load: async () => () => <OperationsScreen />,
  },
  {
    pattern: /^\/map$/,
    load: async () => () => <MapScreen />,
  },
  {
    pattern: /^\/errors$/,
    load: async () => () => <ErrorsScreen />,
  },
];
