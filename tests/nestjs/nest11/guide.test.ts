// The code of docs/frameworks.md, unchanged.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getTracer } from '@waymark/core';
import { startOtlpReceiver } from '@waymark/core/testing';
import { traceNest } from '@waymark/express';

class AppModule {}
Module({})(AppModule);

test('one line traces an app', async () => {
  const receiver = await startOtlpReceiver();
  process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = receiver.url;
  process.env.PORT = '0';

  const app = await NestFactory.create(AppModule);
  await traceNest(app, { serviceName: 'gateway' });
  await app.listen(process.env.PORT ?? 3000);

  await fetch(`http://localhost:${app.getHttpServer().address().port}/nowhere`);
  await app.close();
  await getTracer().flush();
  expect(receiver.spans.map(({ name, kind }) => [name, kind])).toContainEqual(['GET', 'server']);
  await receiver.close();
});
