/** The work that messages of SQS ask for. */
import { countFault } from '../../count-fault.ts';
import { Incoming } from '../incoming.ts';
import { describeProcessing, senderOf } from './sqs-message.ts';

/**
 * Starts the span of the work.
 *
 * @param queueUrl `undefined`: that of the `ReceiveMessage` that the first message comes from.
 * @returns `undefined` if the library is turned off, or there is no tracer.
 */
export function beginProcessing(
  messages: readonly unknown[],
  queueUrl: string | undefined,
  isBatch: boolean,
): Incoming | undefined {
  try {
    const { queue, attributes } = describeProcessing(messages, queueUrl, isBatch);
    return Incoming.begin({
      library: 'aws-sdk',
      name: queue === undefined ? 'process' : `process ${queue}`,
      kind: 'consumer',
      attributes,
      senders: messages.map(senderOf),
      linksOnly: isBatch,
    });
  } catch (error) {
    countFault(error);
    return undefined;
  }
}
