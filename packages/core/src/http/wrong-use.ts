/** Messages about a registration that cannot work: an error at set-up, or one line where only a request shows it. */

import { createDiagnostics } from '../diagnostics.ts';
import { WaymarkError } from '../errors.ts';
import { internalsOf } from '../internal-tracer.ts';
import { resolveTracerSettings } from '../options.ts';
import { processState } from '../process-state.ts';

const inFastify =
  "import { tracing } from '@waymark/fastify', and await app.register(tracing, { serviceName: 'orders' })";
const inExpress = "import { tracing } from '@waymark/express', and app.use(tracing({ serviceName: 'gateway' }))";

/**
 * A registration that cannot work.
 *
 * @internal For our own adapters, which the messages name. May change in any version.
 */
export type WrongUse =
  | 'fastify-called'
  | 'fastify-in-express'
  | 'express-in-fastify'
  | 'express-in-middie'
  | 'express-uncalled'
  | 'nest-on-express'
  | 'nest-on-fastify'
  | 'nest-unknown';

const messages: Readonly<Record<WrongUse, string>> = {
  'fastify-called':
    'tracing of @waymark/fastify is a plugin, and was called as a function. In Fastify write: ' +
    "await app.register(tracing, { serviceName: 'orders' }). In Express write: import { tracing } from '@waymark/express'.",
  'fastify-in-express': `tracing of @waymark/fastify is used in an Express app, so nothing is traced. Write ${inExpress}.`,
  'express-in-fastify': `tracing of @waymark/express is registered with a Fastify app. Write ${inFastify}.`,
  'express-in-middie':
    'tracing of @waymark/express runs as middleware in a Fastify app, so its spans have no route and no exception. ' +
    `Write ${inFastify}.`,
  'express-uncalled':
    'app.use(tracing) got the function that makes the middleware, so nothing is traced. Write ' +
    "app.use(tracing({ serviceName: 'gateway' })).",
  'nest-on-express':
    'traceNest of @waymark/fastify got a NestJS app that runs on Express. Write ' +
    "import { traceNest } from '@waymark/express', and await traceNest(app, { serviceName: 'gateway' }).",
  'nest-on-fastify':
    'traceNest of @waymark/express got a NestJS app that runs on Fastify. Write ' +
    "import { traceNest } from '@waymark/fastify', and await traceNest(app, { serviceName: 'orders' }).",
  'nest-unknown':
    'This version of NestJS handles exceptions in a way that Waymark does not know, so spans have no exceptions of ' +
    'NestJS. Everything else is traced. Waymark knows NestJS 10 and 11.',
};

/**
 * Returns the error to throw at set-up.
 *
 * @internal For our own adapters. May change in any version.
 */
export function wrongUse(use: WrongUse): WaymarkError {
  return new WaymarkError('WAYMARK_WRONG_FRAMEWORK', messages[use]);
}

const noted = new Set<WrongUse>();

/**
 * Reports a wrong use that only a request shows. The message is written once, and the request goes on. Never throws.
 *
 * @internal For our own adapters. May change in any version.
 */
export function noteWrongUse(use: WrongUse): void {
  if (noted.has(use)) return;
  noted.add(use);
  try {
    // Usually there is no tracer yet: tracing was not set up.
    const { diagnostics } = internalsOf(processState.defaultTracer) ?? resolveTracerSettings({}, createDiagnostics);
    diagnostics.note('warn', messages[use]);
  } catch {
    // The message has no other way out.
  }
}
