/** Checks the NestJS app that `traceNest()` of both adapters is given. */
import { describeValue, WaymarkError } from '../errors.ts';
import { readProperty } from '../read-property.ts';
import { wrongUse } from './wrong-use.ts';

/** A NestJS app, as `NestFactory.create()` resolves with it. Its type is NestJS's `INestApplication`. */
export interface NestApp {
  /** The adapter of the platform that the app runs on. */
  getHttpAdapter(): {
    /** `express` or `fastify`. */
    getType(): string;
    /** The app of Express or Fastify. */
    getInstance(): unknown;
  };
}

/**
 * Returns the app of Express or Fastify that a NestJS app runs on.
 *
 * @internal For `traceNest()` of our own adapters. May change in any version.
 * @throws {WaymarkError} `WAYMARK_WRONG_FRAMEWORK` if it is no NestJS app, or runs on another platform;
 *   `WAYMARK_LATE_SETUP` if it has been initialized already.
 */
export function platformOf(app: NestApp, platform: 'express' | 'fastify'): unknown {
  const adapter = typeof readProperty(app, 'getHttpAdapter') === 'function' ? app.getHttpAdapter() : undefined;
  const type = typeof readProperty(adapter, 'getType') === 'function' ? adapter?.getType() : undefined;
  if (adapter === undefined || type === undefined) {
    throw new WaymarkError(
      'WAYMARK_WRONG_FRAMEWORK',
      `traceNest() needs the app that NestFactory.create() resolves with, got ${describe(app)}. Write ` +
        'const app = await NestFactory.create(AppModule), and then await traceNest(app).',
    );
  }
  if (type !== platform) throw explainPlatform(type);
  if (readProperty(app, 'isInitialized') === true) {
    throw new WaymarkError(
      'WAYMARK_LATE_SETUP',
      'traceNest() was called after app.init() or app.listen(), when the routes exist already. Call it right after ' +
        'NestFactory.create().',
    );
  }
  return adapter.getInstance();
}

function describe(app: unknown): string {
  if (app instanceof Promise) return 'a promise';
  // An app is too large to show in a message.
  return typeof app === 'object' && app !== null ? 'another object' : describeValue(app);
}

function explainPlatform(type: string): WaymarkError {
  if (type === 'express') return wrongUse('nest-on-express');
  if (type === 'fastify') return wrongUse('nest-on-fastify');
  return new WaymarkError(
    'WAYMARK_WRONG_FRAMEWORK',
    `traceNest() traces NestJS apps on Express and on Fastify, got one on ${describeValue(type)}.`,
  );
}
