// @anthropic-ai/sdk beside Waymark's own spans of HTTP requests. The SDK writes `traceparent` itself.
import { instrumentOutbound } from '@waymark/core/outbound';
import type { Scenario } from '../scenario.ts';
import { scenario as anthropic } from './anthropic.ts';

export const scenario: Scenario = {
  async run(application) {
    instrumentOutbound();
    await anthropic.run(application);
  },
};
