/** Tracing for Fastify 4 and 5: `await app.register(tracing, { serviceName: 'orders' })`. */
export { tracing } from './tracing.ts';
