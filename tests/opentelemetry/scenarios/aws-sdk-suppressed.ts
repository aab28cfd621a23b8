// @opentelemetry/instrumentation-aws-sdk with `suppressInternalInstrumentation`: what OpenTelemetry suppresses Waymark does not trace.
import type { Scenario } from '../scenario.ts';
import { callAws } from './aws-sdk-http.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-aws-sdk').AwsInstrumentation)({ suppressInternalInstrumentation: true }),
  ],
  run: callAws,
};
