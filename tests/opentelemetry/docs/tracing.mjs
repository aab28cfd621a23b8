// tracing.mjs: node --import ./tracing.mjs app.mjs
import { register } from 'node:module';
import * as api from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { KnexInstrumentation } from '@opentelemetry/instrumentation-knex';
import { bridgeOpenTelemetry } from '@waymark/core/opentelemetry';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
bridgeOpenTelemetry(api);
registerInstrumentations({ instrumentations: [new KnexInstrumentation()] });
