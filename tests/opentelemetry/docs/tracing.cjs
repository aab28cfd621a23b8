// tracing.cjs: node --require ./tracing.cjs app.cjs
const api = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { KafkaJsInstrumentation } = require('@opentelemetry/instrumentation-kafkajs');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');

bridgeOpenTelemetry(api);
registerInstrumentations({ instrumentations: [new KafkaJsInstrumentation()] });
