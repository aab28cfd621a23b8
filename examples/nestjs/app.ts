// A NestJS app, traced: one line between create() and listen().
import { Worker } from 'node:worker_threads';
import { Controller, Get, Inject, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withSpan } from '@waymark/core';
import { traceNest } from '@waymark/express'; // from '@waymark/fastify' with the FastifyAdapter

@Injectable()
class Greeter {
  greet(name: string) {
    return withSpan('greet', async () => {
      if (name === 'unknown') throw new Error('there is no such person');
      return `Hello, ${name}!`;
    });
  }
}

@Controller('hello')
class HelloController {
  @Inject(Greeter) private readonly greeter!: Greeter;

  @Get(':name')
  hello(@Param('name') name: string) {
    return this.greeter.greet(name);
  }
}

@Module({ controllers: [HelloController], providers: [Greeter] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
// Prints each trace here. Leave the exporter out to send traces by OTLP, as ../otlp-collector does.
await traceNest(app, { serviceName: 'hello', exporter: 'console' });
await app.listen(0, '127.0.0.1');

const url = `http://127.0.0.1:${app.getHttpServer().address().port}/hello`;
// A client in its own thread. A call of fetch() in this thread would be traced too.
const client = `fetch('${url}/ada').then(() => fetch('${url}/unknown'))`;
new Worker(client, { eval: true }).on('exit', () => app.close());

// What you should see:
//
// trace c52812e5b8ef51dac307c8538bfe2062  2 spans, 1 service, 9.56 ms
// hello ▸ GET /hello/:name 200  9.56 ms  ─────────────────────────
// └─ greet                      0.14 ms           ╴
//
// trace 4bf5a59f656ff952cb323f535f61dc06  2 spans, 1 service, 49.6 ms, 2 failed
// hello ▸ GET /hello/:name 500  49.6 ms  ─────────────────────────
// └─ greet                      1.42 ms  ─
//      ✗ Error: there is no such person
