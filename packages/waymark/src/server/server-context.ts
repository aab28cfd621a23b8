/** What all routes need. */
import type { CollectorStatus } from '../api/types.ts';
import type { Engine } from '../engine/start-engine.ts';
import type { CallerRules } from './allowed-callers.ts';
import type { BodyReader } from './read-body.ts';
import type { Received } from './received.ts';

export interface ServerContext {
  readonly engine: Engine;
  readonly bodies: BodyReader;
  readonly received: Received;
  readonly rules: CallerRules;
  /** The addresses of the collector, known once it listens. */
  readonly urls: () => CollectorStatus['urls'];
}
