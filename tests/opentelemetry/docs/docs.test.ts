// The code of docs/opentelemetry.md, running. Its whole programs are the files beside this one, started by plain Node as the page says,
// with the packages as they are built.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { bridgeOpenTelemetry } from '@waymark/core/opentelemetry';

const expected = { isSame: true, name: 'step', scope: { name: 'app', version: '1.0.0' } };

test.each([
  ['CommonJS, by --require', ['--require', './tracing.cjs', 'app.cjs'], true],
  ['ES modules, by --import', ['--import', './tracing.mjs', 'app.mjs'], true],
  ['the one line, in an application without instrumentations', ['--import', './one-line.mjs', 'app.mjs'], false],
])('%s', async (_title, args, isInstrumented) => {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname });
  expect(JSON.parse(stdout)).toEqual({ ...expected, isInstrumented });
});

afterEach(() => {
  api.trace.disable();
  api.context.disable();
  api.propagation.disable();
});

test('instrumentations can be preferred by name', () => {
  const bridge =
    //
    bridgeOpenTelemetry(api, { prefer: { '@opentelemetry/instrumentation-pg': 'opentelemetry' } });
  expect(bridge.isRegistered).toBe(true);
  bridge.unregister();
});

describe('with an SDK', () => {
  beforeEach(() => {
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    api.trace.setGlobalTracerProvider(new TracerProvider());
  });

  test('the owner is named', () => {
    const bridge = bridgeOpenTelemetry(api);
    bridge.isRegistered; // false
    bridge.owner; // 'NodeTracerProvider, @opentelemetry/api 1.9.0'
    expect([bridge.isRegistered, bridge.owner]).toEqual([false, 'TracerProvider, @opentelemetry/api 1.10.0']);
  });

  test('both can be joined', () => {
    const bridge =
      //
      bridgeOpenTelemetry(api, { join: true });
    expect(bridge.isJoined).toBe(true);
    bridge.unregister();
  });
});
