// bullmq-otel in a process where Waymark traces BullMQ and Redis.
import type { Scenario } from '../scenario.ts';
import { scenario as bullmqOtel } from './bullmq-otel.ts';

export const scenario: Scenario = { ...bullmqOtel, libraries: true };
