/** Kinesis, EventBridge and Step Functions: what they name, and events that were refused, which the SDK does not throw. */

import { listIn, numberIn, stringIn } from '../input-value.ts';
import type { Output } from '../sdk-types.ts';
import type { Failure, Service } from '../service.ts';

export const kinesis: Service = {
  describe({ input }, attributes) {
    const stream = stringIn(input, 'StreamName');
    if (stream !== undefined) attributes.push('aws.kinesis.stream_name', stream);
    return undefined;
  },
  finish: (_, __, { output }) => refused(output, 'FailedRecordCount', 'Records'),
};

export const eventBridge: Service = {
  describe: () => undefined,
  finish: (_, __, { output }) => refused(output, 'FailedEntryCount', 'Entries'),
};

export const stepFunctions: Service = {
  describe({ input }, attributes) {
    const machine = stringIn(input, 'stateMachineArn');
    if (machine !== undefined) attributes.push('aws.step_functions.state_machine.arn', machine);
    const activity = stringIn(input, 'activityArn');
    if (activity !== undefined) attributes.push('aws.step_functions.activity.arn', activity);
    return undefined;
  },
};

function refused(output: Output, countKey: string, listKey: string): { readonly failure: Failure } | undefined {
  const count = numberIn(output, countKey) ?? 0;
  if (count === 0) return undefined;
  const entries = listIn(output, listKey);
  const first = entries.find((entry) => stringIn(entry, 'ErrorCode') !== undefined);
  return {
    failure: {
      name: stringIn(first, 'ErrorCode') ?? '_OTHER',
      message: `${count} of ${entries.length} entries were refused`,
    },
  };
}
