// tracing.cjs: node --require ./tracing.cjs app.cjs
const api = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { KnexInstrumentation } = require('@opentelemetry/instrumentation-knex');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');

bridgeOpenTelemetry(api);
registerInstrumentations({ instrumentations: [new KnexInstrumentation()] });
