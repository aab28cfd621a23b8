import { once } from 'node:events';
import { activeSpan } from '@waymark/core';
import type { Connection } from 'mysql2';
import { describeWith } from '../../services/describe-with.ts';
import { loadMysql2, type Setup, setUp, versions } from './traced-mysql2.ts';

describeWith('mariadb')('a statement of mysql2 without a callback', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const mysql2 = loadMysql2(version);
    let connection: Connection;
    beforeEach(async () => {
      connection = mysql2.createConnection(setup.account);
      await once(connection, 'connect');
      setup.exporter.reset();
    });
    afterEach(() => connection.destroy());

    const forms = [
      ['query', (text: string) => connection.query(text)],
      ['execute', (text: string) => connection.execute(text)],
    ] as const;

    test.each(forms)('%s() has a span with its rows, and events in the context of the caller', async (_, run) => {
      await setup.tracer.withSpan('request', async (span) => {
        const command = run('SELECT * FROM users');
        const contexts: unknown[] = [];
        command.on('result', () => contexts.push(activeSpan()));
        await new Promise<void>((resolve) => {
          command.on('end', () => {
            contexts.push(activeSpan());
            resolve();
          });
        });
        expect(contexts).toEqual([span, span, span, span]);
        await once(run('DELETE FROM users WHERE id = 9'), 'end');
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT users (3)', '  DELETE users']);
    });

    test.each(forms)('%s() that fails', async (_, run) => {
      await setup.tracer.withSpan(
        'request',
        (span) =>
          new Promise<void>((resolve) => {
            run('SELECT * FROM missing').on('error', (error: NodeJS.ErrnoException) => {
              expect(error.code).toBe('ER_NO_SUCH_TABLE');
              expect(activeSpan()).toBe(span);
              resolve();
            });
          }),
      );
      await connection.promise().query('SELECT 1'); // the connection goes on
      expect(await setup.draw(2)).toEqual(['request', '  SELECT missing ! 1146']);
    });

    // A stream of 3.0 that is given up stops its connection, without tracing, too.
    const testUnlessOldest = version === 'mysql2-30' ? test.skip : test;
    testUnlessOldest('has its end although a stream is given up', async () => {
      await setup.tracer.withSpan('request', async () => {
        const command = connection.query('SELECT * FROM users');
        const ended = once(command, 'end');
        command.stream({ highWaterMark: 1 }).destroy();
        await ended;
      });
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
    });

    test('has its end if the connection is closed already', async () => {
      connection.on('error', () => {});
      const closed = once((connection as unknown as { stream: NodeJS.ReadableStream }).stream, 'close');
      connection.destroy();
      await closed;
      setup.tracer.withSpan('request', () => {
        connection.query('SELECT 1');
      });
      const [statement] = await setup.exporter.waitFor(2);
      expect(statement?.name).toBe('SELECT');
    });

    test('of several results counts all rows', async () => {
      const several = mysql2.createConnection({ ...setup.account, multipleStatements: true });
      await setup.tracer.withSpan('request', () => once(several.query('SELECT * FROM users; SELECT 1'), 'end'));
      several.destroy();
      expect(await setup.draw(2)).toEqual(['request', expect.stringMatching(/^ {2}SELECT users.* \(4\)$/)]);
    });
  });
});
