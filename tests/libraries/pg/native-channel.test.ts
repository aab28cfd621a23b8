// What happens when pg publishes a channel of its own, as is proposed in https://github.com/brianc/node-postgres/pull/3650
import { tracingChannel } from 'node:diagnostics_channel';
import { activeSpan, type Span } from '@waymark/core';
import { tracePg } from '@waymark/core/libraries';
import type { Pool } from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Pg, type Setup, setUp } from './traced-pg.ts';

const channel = tracingChannel('pg:query');

/** `query()` of a client, with the messages of the proposal around it. */
function publish(query: (...args: unknown[]) => unknown) {
  return function published(this: InstanceType<Pg['Client']>, ...args: unknown[]): unknown {
    const [config] = args;
    const message = {
      query: { text: typeof config === 'string' ? config : (config as { text: string }).text },
      client: { database: this.database, host: this.host, port: this.port, user: this.user },
    };
    const place = args.findIndex((argument) => typeof argument === 'function');
    return place === -1
      ? channel.tracePromise(() => query.apply(this, args) as Promise<unknown>, message)
      : channel.traceCallback(query, place, message, this, ...args);
  };
}

/** A separate copy of pg. */
function copyOfPg(): Pg {
  let copy: Pg | undefined;
  jest.isolateModules(() => {
    copy = require('pg') as Pg;
  });
  return copy as Pg;
}

describeWith('postgres')('a pg that publishes its queries', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  async function expectOneSpanEach(pg: Pg, Client: Pg['Client'] = pg.Client): Promise<void> {
    const pool: Pool = new pg.Pool({ connectionString: setup.service.url, max: 2, Client } as never);
    const names = Array.from({ length: 20 }, (_, index) => `request ${index}`);
    const call = (text: string, span: Span) =>
      new Promise<void>((resolve, reject) => {
        pool.query(text, (error) => (activeSpan() === span && !error ? resolve() : reject(new Error('context'))));
      });
    await Promise.all(
      names.map((name) =>
        setup.tracer.withSpan(name, async (span) => {
          await call('SELECT * FROM users', span);
          await pool.query('SELECT 1');
          await pool.query('SELECT * FROM missing').catch(() => {});
          expect(activeSpan()).toBe(span);
        }),
      ),
    );
    await pool.end();
    const spans = await setup.exporter.waitFor(20 * 4);
    expect(spans.filter(({ name }) => name === 'SELECT users')[7]?.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'db.namespace': setup.service.database,
      'server.address': setup.service.host,
      'server.port': setup.service.port,
      'db.query.text': 'SELECT * FROM users',
    });
    const trees = (await setup.draw(20 * 4)).join('\n').split(/\n(?=\S)/);
    expect(trees.sort()).toEqual(
      names.map((name) => [name, '  SELECT users (3)', '  SELECT (1)', '  SELECT missing ! 42P01'].join('\n')).sort(),
    );
  }

  test('in query() itself: one span each, from the first query on', async () => {
    const pg = copyOfPg();
    pg.Client.prototype.query = publish(pg.Client.prototype.query as never) as never;
    tracePg(pg);
    await expectOneSpanEach(pg);
  });

  test('around query(), in a subclass: one span each', async () => {
    const pg = tracePg(copyOfPg());
    class Publishing extends pg.Client {}
    Publishing.prototype.query = publish(function query(this: object, ...args: unknown[]) {
      return Reflect.apply(pg.Client.prototype.query, this, args);
    }) as never;
    await expectOneSpanEach(pg, Publishing as never);
  });

  test('does not take the spans away from another copy of pg, which does not publish', async () => {
    await expectOneSpanEach(loadPg('pg'));
  });
});
