// What is owed to plain Node alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { activeSpan } from '@waymark/core';
import { setRoute, traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import supertest from 'supertest';
import { listen } from './listening-server.ts';
import { request } from './raw-client.ts';
import { outcomeOf } from './traced-app.ts';

export function describeNodeHttp(): void {
  describe('plain Node alone', () => {
    test('has no route until the handler names one', async () => {
      const exporter = inMemoryExporter();
      const handler = traceHandler(
        (incoming, response) => {
          if (incoming.url === '/named/7') setRoute(incoming, '/named/:id');
          response.end();
        },
        { exporter, env: {} },
      );
      await supertest(handler).get('/named/7');
      await supertest(handler).get('/nameless/7');
      const spans = await exporter.waitFor(2);
      expect(spans.map(outcomeOf)).toEqual(['GET /named/:id: 200, unset', 'GET: 200, unset']);
    });

    test('takes a route for a request that is not traced', async () => {
      const server = await listen(
        createServer((incoming, response) => {
          setRoute(incoming, '/anything');
          response.end('served');
        }),
      );
      expect(await request(server.port, '/')).toMatchObject({ status: 200, body: 'served' });
      await server.close();
    });

    test('calls the handler as Node does, and hands on what it returns', async () => {
      const seen: unknown[] = [];
      const handler = function (this: unknown, _incoming: IncomingMessage, response: ServerResponse) {
        seen.push(this, activeSpan()?.isRecording());
        response.end();
        return Promise.resolve('result');
      };
      const traced = traceHandler(handler, { exporter: [], env: {} });
      const server = createServer(function (this: unknown, ...args) {
        seen.push(Reflect.apply(traced, this, args));
      } satisfies RequestListener);
      const running = await listen(server);
      await request(running.port, '/');
      await running.close();
      expect(seen[0]).toBe(server);
      expect(seen[1]).toBe(true);
      await expect(seen[2]).resolves.toBe('result');
    });

    test.each(['throws', 'rejects'])(
      'a handler that %s, uncaught, ends the process as without tracing',
      async (kind) => {
        const [traced, bare] = await Promise.all([runUncaught(kind, 'traced'), runUncaught(kind, 'bare')]);
        expect(traced).toEqual(bare);
        expect(bare).toMatchObject({ code: 1, stderr: expect.stringMatching(/^.nobody catches this/) });
      },
    );

    test('lets the very error through that the handler threw', async () => {
      const thrown = new Error('thrown');
      const exporter = inMemoryExporter();
      const traced = traceHandler(
        () => {
          throw thrown;
        },
        { exporter, env: {} },
      );
      const caught: unknown[] = [];
      const running = await listen(
        createServer((incoming, response) => {
          try {
            traced(incoming, response);
          } catch (error) {
            caught.push(error);
            response.writeHead(500).end();
          }
        }),
      );
      await request(running.port, '/');
      await running.close();
      expect(caught).toEqual([thrown]);
      expect(caught[0]).toBe(thrown);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET: 500, error, error.type 500, exception thrown']);
    });
  });
}

/** How a process ended in which nobody catches the handler's error. */
async function runUncaught(kind: string, variant: string): Promise<{ code: number | null; stderr: string }> {
  const args = ['--conditions=@waymark/source', '--require=esbuild-register', require.resolve('./uncaught.ts')];
  const service = spawn(process.execPath, [...args, kind, variant], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [code]] = await Promise.all([text(service.stderr), once(service, 'close')]);
  // Above the error stands the line that threw it last.
  return { code, stderr: stderr.slice(stderr.indexOf('[nobody catches this')) };
}
