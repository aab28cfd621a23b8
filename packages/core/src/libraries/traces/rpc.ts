/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { wrapGrpc } from '../grpc/trace-grpc.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = { grpc: wrapGrpc };
