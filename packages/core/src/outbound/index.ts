/**
 * Client spans: traces what a process calls by `fetch`, undici, `node:http` and `node:https`, and carries the context on.
 *
 * @packageDocumentation
 */
export { instrumentOutbound } from './instrument.ts';
