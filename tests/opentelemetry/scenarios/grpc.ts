// @opentelemetry/instrumentation-grpc: client and server, all four kinds of call, errors, and several calls at once over one connection.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-grpc').GrpcInstrumentation)()],

  async run({ load, api, inRequest, mark }) {
    const grpc = load('@grpc/grpc-js');
    const text = {
      requestSerialize: (value: string) => Buffer.from(value),
      requestDeserialize: (value: Buffer) => value.toString(),
      responseSerialize: (value: string) => Buffer.from(value),
      responseDeserialize: (value: Buffer) => value.toString(),
    };
    const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
      path: `/shop.Shop/${name}`,
      originalName: name.toLowerCase(),
      requestStream,
      responseStream,
      ...text,
    });
    const definition = {
      Buy: method('Buy', false, false),
      List: method('List', false, true),
      Upload: method('Upload', true, false),
      Chat: method('Chat', true, true),
    };
    const server = new grpc.Server();
    server.addService(definition, {
      Buy(call: NodeJS.EventEmitter & { request: string }, callback: (error: unknown, answer?: string) => void) {
        const { request } = call;
        call.on('cancelled', () => callback({ code: grpc.status.CANCELLED, details: 'the caller has left' }));
        setImmediate(() => {
          mark(`server buys ${request}`);
          if (request === 'nothing') callback({ code: grpc.status.NOT_FOUND, details: 'no such item' });
          else if (request !== 'never') callback(null, `bought ${request}`);
        });
      },
      List(call: { write(value: string): void; end(): void }) {
        mark('server lists');
        call.write('one');
        call.write('two');
        call.end();
      },
      Upload(call: NodeJS.EventEmitter, callback: (error: unknown, answer: string) => void) {
        let parts = 0;
        call.on('data', () => parts++);
        call.on('end', () => {
          mark('server has uploaded');
          callback(null, `${parts} parts`);
        });
      },
      Chat(call: NodeJS.EventEmitter & { write(value: string): void; end(): void }) {
        call.on('data', (value: string) => call.write(`echo ${value}`));
        call.on('end', () => call.end());
        call.on('cancelled', () => call.end());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error: Error | null, bound: number) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    const Client = grpc.makeGenericClientConstructor(definition, 'Shop');
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const buy = (what: string, ...options: object[]) =>
      new Promise<void>((resolve) => {
        client.Buy(what, ...options, (error: Error | null) => {
          mark(`client ${error ? 'fails' : 'has bought'}`);
          resolve();
        });
      });

    await Promise.all(['a', 'b', 'c'].map((name) => inRequest(`unary ${name}`, () => buy(name))));
    await inRequest('unary failure', () => buy('nothing'));
    await inRequest('server stream', async () => {
      for await (const item of client.List('all')) mark(`client reads ${item}`);
    });
    await inRequest('client stream', async () => {
      await new Promise<void>((resolve) => {
        const call = client.Upload(() => resolve());
        call.write('part');
        call.write('part');
        call.end();
      });
    });
    await inRequest('both streams', async () => {
      const call = client.Chat();
      call.write('hello');
      call.end();
      for await (const answer of call) mark(`client hears ${answer}`);
    });
    await inRequest('given metadata', async () => {
      const metadata = new grpc.Metadata();
      metadata.set('tenant', 'acme');
      await buy('with metadata', metadata);
    });
    await inRequest('deadline', () => buy('never', { deadline: Date.now() + 300 }));
    await inRequest('cancelled', async () => {
      const call = client.Chat();
      call.on('data', () => call.cancel());
      call.write('hello');
      await new Promise((resolve) => call.on('error', resolve));
    });
    const declined = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 0 };
    // Neither side of this call is recorded.
    await api.context.with(api.trace.setSpanContext(api.ROOT_CONTEXT, declined), () => buy('unsampled'));
    client.close();
    await new Promise((resolve) => server.tryShutdown(resolve));
  },
};
