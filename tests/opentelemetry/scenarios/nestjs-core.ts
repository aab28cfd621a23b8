// @opentelemetry/instrumentation-nestjs-core on Nest 11 with Express: concurrent requests, and handlers that fail.
import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-nestjs-core').NestInstrumentation)()],

  async run({ load, api, mark, middleware }) {
    load('reflect-metadata');
    const { Controller, Get, HttpException, Inject, Injectable, Module, Query } = load('@nestjs/common');
    const { NestFactory } = load('@nestjs/core');

    class Prices {
      async of(name: string): Promise<string> {
        await delay(1);
        mark(`price of ${name}`);
        return `7 for ${name}`;
      }
    }
    Injectable()(Prices);

    class Orders {
      readonly prices: Prices;
      constructor(prices: Prices) {
        this.prices = prices;
      }
      one(name: string): Promise<string> {
        mark(`order of ${name}`);
        return this.prices.of(name);
      }
      absent(): never {
        throw new HttpException('no such order', 404);
      }
      async broken(): Promise<never> {
        await delay(1);
        throw new Error('the shop is closed');
      }
    }
    Inject(Prices)(Orders, undefined, 0);
    for (const name of ['one', 'absent', 'broken'] as const) {
      Get(name)(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name));
    }
    Query('name')(Orders.prototype, 'one', 0);
    Controller('orders')(Orders);

    class Shop {}
    Module({ controllers: [Orders], providers: [Prices] })(Shop);

    const app = await NestFactory.create(Shop, { logger: false });
    app.use(middleware());
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address();
    // The caller is not part of the scenario. Key and value are those of OpenTelemetry's `suppressTracing()`.
    const untraced = api.ROOT_CONTEXT.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    const get = (path: string) =>
      api.context.with(untraced, async () => (await fetch(`http://127.0.0.1:${port}/orders/${path}`)).text());
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => get(`one?name=${name}`)));
    await get('absent');
    await get('broken');
    await app.close();
  },
};
