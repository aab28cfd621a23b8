// enableShutdownHooks() together with Waymark's flush at the end of a process. For both versions of NestJS.
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { testOnUnix } from '../../on-platform.ts';
import { startScript } from '../../processes/script.ts';

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

const script = (version: string, platform: string) => `
  const load = require('node:module').createRequire(${JSON.stringify(join(__dirname, '..', version, 'package.json'))});
  const { Controller, Get, Module } = load('@nestjs/common');
  const { NestFactory } = load('@nestjs/core');
  const adapters = { ...load('@nestjs/platform-express'), ...load('@nestjs/platform-fastify') };
  const { traceNest } = require('@waymark/${platform.toLowerCase()}');

  let answer;
  let answered;
  class Waiting {
    wait() {
      console.log('waiting');
      return new Promise((resolve) => { answer = resolve; });
    }
  }
  const { prototype } = Waiting;
  Get('waiting')(prototype, 'wait', Object.getOwnPropertyDescriptor(prototype, 'wait'));
  Controller()(Waiting);
  class AppModule {
    async beforeApplicationShutdown(signal) {
      console.log('hook of ' + signal);
      answer('answered');
      await answered;
    }
  }
  Module({ controllers: [Waiting] })(AppModule);

  (async () => {
    const app = await NestFactory.create(AppModule, new adapters.${platform}Adapter(), { logger: false });
    await traceNest(app, makeTracer());
    app.enableShutdownHooks();
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address();
    answered = fetch('http://127.0.0.1:' + port + '/waiting')
      .then((response) => response.text()).then(console.log);
  })();
`;

testOnUnix('signals that a process can catch').each([
  ['nest10', 'Express'],
  ['nest10', 'Fastify'],
  ['nest11', 'Express'],
  ['nest11', 'Fastify'],
])(
  '%s on %s: SIGTERM runs the hooks, and exports the spans of the request that they wait for',
  async (version, platform) => {
    const running = startScript(script(version, platform), receiver.url);
    await running.says('waiting');
    running.kill('SIGTERM');
    const { signal, stdout, stderr } = await running.ended;
    expect({ signal, stdout, stderr }).toEqual({
      signal: 'SIGTERM',
      stdout: 'waiting\nhook of SIGTERM\nanswered\n',
      stderr: '',
    });
    const ended = receiver.spans.map(
      ({ name, status, attributes }) => `${name} ${status.code} ${attributes['error.type']}`,
    );
    expect(ended.sort()).toEqual(['GET /waiting unset undefined', 'GET unset undefined']);
  },
);
