// What happens when Postgres.js publishes a channel of its own, as is proposed in https://github.com/porsager/postgres/issues/1171
import { tracingChannel } from 'node:diagnostics_channel';
import { tracePostgres } from '@waymark/core/libraries';
import { describeWith } from '../../services/describe-with.ts';
import { loadPostgres, type Setup, setUp } from './traced-postgres.ts';

const channel = tracingChannel('postgres:query');

interface Query {
  readonly executed: boolean;
  readonly canceller: unknown;
  readonly strings: readonly string[];
  handle(): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

describeWith('postgres')('a Postgres.js that publishes its queries', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  test('has one span for each, from the first on', async () => {
    const sql = loadPostgres('postgres')(setup.service.url, { max: 2 });
    const prototype = Object.getPrototypeOf(sql.unsafe('')) as Query;
    const { handle } = prototype;
    prototype.handle = function published(this: Query) {
      if (!this.executed && this.canceller) {
        const settled = new Promise((resolve, reject) => {
          const { resolve: done, reject: failed } = this;
          this.resolve = (result) => [resolve(result), done(result)];
          this.reject = (error) => [reject(error), failed(error)];
        });
        const message = { query: this.strings.join('$1'), database: 'shop', host: 'db.example', port: 5432 };
        (channel.tracePromise(() => settled, message) as unknown as Promise<unknown>).catch(() => {});
      }
      return handle.call(this);
    };
    tracePostgres(sql);

    const names = Array.from({ length: 20 }, (_, index) => `request ${index}`);
    await Promise.all(
      names.map((name) =>
        setup.tracer.withSpan(name, async () => {
          await sql`SELECT * FROM users WHERE id > ${1}`;
          await sql`SELECT * FROM missing`.catch(() => {});
        }),
      ),
    );
    await sql.end();
    const trees = (await setup.draw(20 * 3)).join('\n').split(/\n(?=\S)/);
    expect(trees.sort()).toEqual(
      names.map((name) => [name, '  SELECT users (2)', '  SELECT missing ! 42P01'].join('\n')).sort(),
    );
  });
});
