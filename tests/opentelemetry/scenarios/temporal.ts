// Temporal's interceptors: a client starts workflows, and an activity continues with the context in the headers that the client sent.
// Between them are Temporal's server and its worker, which are native programs; a fake frontend is in their place.
import { fakeTemporal } from '../fake-temporal.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  async run({ load, inRequest, mark }) {
    const { Connection, WorkflowClient } = load('@temporalio/client');
    const { OpenTelemetryActivityInboundInterceptor, OpenTelemetryWorkflowClientInterceptor } = load(
      '@temporalio/interceptors-opentelemetry',
    );
    const temporal = await fakeTemporal(load);
    const connection = await Connection.connect({ address: temporal.address });
    const client = new WorkflowClient({ connection, interceptors: [new OpenTelemetryWorkflowClientInterceptor()] });
    const start = (type: string) => client.start(type, { taskQueue: 'orders', workflowId: `id of ${type}`, args: [] });

    for (const name of ['a', 'b', 'c']) {
      await inRequest(`start ${name}`, async () => {
        await start('order');
        mark(`after ${name}`);
      });
    }
    await inRequest('failure', () => start('absent').catch(() => mark('after failure')));

    const info = { activityType: 'charge', activityId: '1', inWorkflow: false };
    const activity = new OpenTelemetryActivityInboundInterceptor({ info });
    const execute = (headers: object, run: () => Promise<unknown>) => activity.execute({ args: [], headers }, run);
    for (const [index, headers] of temporal.started.entries()) {
      await execute(headers, async () => {
        await new Promise(setImmediate);
        mark('in activity');
        if (index === 2) throw new Error('the card is refused');
      }).catch(() => {});
    }
    await connection.close();
    temporal.close();
  },
};
