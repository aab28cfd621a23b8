/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { trace as traceSocketIo } from '../socket-io/trace-socket-io.ts';
import type { Traces } from '../trace.ts';
import { trace as traceWs } from '../ws.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = { 'socket.io': traceSocketIo, ws: traceWs };
