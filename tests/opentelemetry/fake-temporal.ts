// The two calls of Temporal's frontend that starting a workflow makes, over gRPC. Its server and its worker are native programs.
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';

/** Temporal's headers: the values are encoded. */
export type TemporalHeaders = Readonly<Record<string, unknown>>;

export interface FakeTemporal {
  readonly address: string;
  /** The headers of each workflow that was started. */
  readonly started: readonly TemporalHeaders[];
  close(): void;
}

interface StartRequest {
  readonly workflowType: { readonly name: string };
  readonly header: { readonly fields: TemporalHeaders };
}

const servicePath = '/temporal.api.workflowservice.v1.WorkflowService';

/** A workflow of the type `absent` cannot be started. */
export async function fakeTemporal(load: NodeJS.Require): Promise<FakeTemporal> {
  const { Server, ServerCredentials, status } = load('@grpc/grpc-js') as typeof import('@grpc/grpc-js');
  // `@temporalio/common` brings it.
  const { temporal } = load(load.resolve('@temporalio/proto', { paths: [load.resolve('@temporalio/client')] }));
  const messages = temporal.api.workflowservice.v1;
  const started: TemporalHeaders[] = [];

  const unary = (name: string) => ({
    path: `${servicePath}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: object) => Buffer.from(messages[`${name}Request`].encode(value).finish()),
    requestDeserialize: (bytes: Buffer) => messages[`${name}Request`].decode(bytes),
    responseSerialize: (value: object) => Buffer.from(messages[`${name}Response`].encode(value).finish()),
    responseDeserialize: (bytes: Buffer) => messages[`${name}Response`].decode(bytes),
  });
  type Answer = sendUnaryData<object>;
  type Call = ServerUnaryCall<StartRequest, object>;
  const server = new Server();
  server.addService(
    { getSystemInfo: unary('GetSystemInfo'), startWorkflowExecution: unary('StartWorkflowExecution') },
    {
      getSystemInfo: (_call: Call, answer: Answer) => answer(null, { capabilities: {} }),
      startWorkflowExecution: ({ request }: Call, answer: Answer) => {
        if (request.workflowType.name === 'absent') {
          answer({ code: status.NOT_FOUND, details: 'no such workflow' });
          return;
        }
        started.push(request.header.fields);
        answer(null, { runId: 'run' });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, started, close: () => server.forceShutdown() };
}
