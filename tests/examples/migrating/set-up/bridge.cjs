// Waymark behind OpenTelemetry's API.
'use strict';
const api = require('@opentelemetry/api');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');

exports.finish = require('./waymark.cjs').finish;
bridgeOpenTelemetry(api);
