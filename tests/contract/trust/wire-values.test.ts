// Values of a request never reach a header, a log or the terminal unescaped.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { consoleExporter, type TracerOptions } from '@waymark/core';
import { type HttpOptions, traceHandler } from '@waymark/core/http';
import { listen } from '../server/listening-server.ts';
import { closeAll, startDownstream } from '../server/traced-app.ts';

afterEach(closeAll);

// What Node's parser lets through: bytes above 0x7F, which are Latin-1's second set of control characters, among them CSI
// (0x9B), with which a terminal's escapes begin; and tabs. The others come percent-encoded.
const csi = '\u009b';
const hostile = `${csi}2J${csi}31m\tx`;
const encoded = '%0d%0aset-cookie:%20a=b%00%1b[2J%e2%80%ae';

const request = [
  `GET /?q=${encoded} HTTP/1.1`,
  'host: wire.test',
  `traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
  `tracestate: acme=${hostile},ot=th:8`,
  `baggage: tenant=${encoded},user=${hostile}`,
  `uberctx-tenant: ${encoded}`,
  `jaeger-debug-id: ${hostile}`,
  `user-agent: ${hostile}`,
  `x-hostile: ${hostile}`,
  'connection: close',
  '\r\n',
].join('\r\n');

const everyFormat: TracerOptions['propagators'] = ['baggage', 'tracecontext', 'b3', 'b3multi', 'jaeger', 'xray'];

// Control characters except the line end, line separators, and marks that change the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for them
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** The whole answer to `request`. */
async function answerTo(
  handler: RequestListener,
  options: HttpOptions<IncomingMessage> & TracerOptions,
): Promise<string> {
  const server = await listen(createServer(traceHandler(handler, { env: {}, flushOnExit: false, ...options })));
  const socket = connect(server.port, '127.0.0.1').setEncoding('latin1');
  socket.write(request, 'latin1');
  const answer = await text(socket);
  await server.close();
  return answer;
}

test('the console exporter writes no control characters to the terminal', async () => {
  let printed = '';
  const printedAll = new Promise<void>((resolve) => {
    const write = (part: string): void => {
      printed += part;
      resolve();
    };
    const handler: RequestListener = ({ headers, url = '' }, response) => {
      response.statusCode = 500;
      response.end();
      throw new Error(`no ${headers['x-hostile']} at ${decodeURIComponent(url.slice(url.indexOf('%0d')))}`);
    };
    const contained: RequestListener = (incoming, response) => {
      try {
        traced(incoming, response);
      } catch {
        // The handler's error, which tracing passes on.
      }
    };
    const traced = traceHandler(handler, {
      exporter: consoleExporter({ write, colors: false }),
      propagators: everyFormat,
      env: {},
      flushOnExit: false,
    });
    const server = createServer(contained).listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as { port: number }).port, '127.0.0.1'); // it listens on a port
      socket.write(request, 'latin1');
      socket.resume().once('close', () => server.close());
    });
  });
  await printedAll;
  expect(printed).toContain('500');
  expect(printed).toContain('\\u009b2J');
  expect(printed).not.toMatch(unprintable);
});

test('diagnostics write no control characters to the log', async () => {
  const lines: string[] = [];
  const trust = (_request: unknown, { headers }: { headers: IncomingHttpHeaders | object }): never => {
    throw new Error(`unknown\r\ncaller ${(headers as IncomingHttpHeaders)['x-hostile']}`);
  };
  await answerTo((_request, response) => void response.end(), {
    trust,
    log: (line) => lines.push(line),
    exporter: [],
  });
  expect(lines).toEqual([expect.stringContaining('unknown\\u000d\\u000acaller \\u009b2J')]);
  expect(lines.join('')).not.toMatch(unprintable);
});

test('the headers of a call have none, in any format', async () => {
  const downstream = await startDownstream();
  const handler: RequestListener = async (_request, response) => {
    await (await fetch(downstream.url)).text();
    response.end();
  };
  await answerTo(handler, { propagators: everyFormat, exporter: [], logLevel: 'none' });
  const [headers = {}] = downstream.calls;
  expect(headers.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
  expect(headers.baggage).toMatch(/^tenant=%0D%0Aset-cookie:%20a=b%00%1B/);
  expect(headers).not.toHaveProperty('set-cookie');
  expect(headers).not.toHaveProperty('tracestate'); // one bad member drops the list
  for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
});

test('the headers of the response have only ids and flags', async () => {
  const responseHeaders = ['traceresponse', 'server-timing'] as const;
  const answer = await answerTo((_request, response) => void response.end(), {
    responseHeaders,
    propagators: everyFormat,
    exporter: [],
    logLevel: 'none',
  });
  expect(answer).toMatch(/\r\ntraceresponse: 00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-0[0-3]\r\n/i);
  expect(answer).toMatch(/\r\nserver-timing: trace;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]"\r\n/i);
  const head = answer.slice(0, answer.indexOf('\r\n\r\n')).replaceAll('\r\n', '\n');
  expect(head).not.toMatch(unprintable);
});
