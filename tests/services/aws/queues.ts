// Queues of SQS: long polls, visibility timeouts, and only those message attributes that a request names.
import { createHash, randomUUID } from 'node:crypto';
import type { AwsAnswer } from '../aws.ts';

type Attributes = Readonly<Record<string, { readonly DataType: string; readonly StringValue?: string }>>;

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Attributes;
  /** Unix milliseconds from which on it can be received. */
  visibleAt: number;
  receipt: string;
}

interface Queue {
  readonly messages: Set<Message>;
  readonly waiting: Set<() => void>;
}

type Input = Readonly<Record<string, unknown>>;

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
export interface Queues {
  answerJson(action: string, input: Input): Promise<AwsAnswer>;
  /** The protocol before November 2023. */
  answerQuery(parameters: URLSearchParams): Promise<AwsAnswer>;
  deliver(queue: string, body: string): void;
  stop(): void;
}

export function createQueues(): Queues {
  const queues = new Map<string, Queue>();
  const timers = new Set<NodeJS.Timeout>();

  function queueAt(url: unknown): Queue {
    const name = `${url}`.slice(`${url}`.lastIndexOf('/') + 1);
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = { messages: new Set(), waiting: new Set() };
      queues.set(name, queue);
    }
    return queue;
  }

  function wake({ waiting }: Queue): void {
    for (const look of waiting) look();
  }

  function later(fn: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      timers.delete(timer);
      fn();
    }, ms);
    timers.add(timer);
    return timer;
  }

  function send(queue: Queue, { MessageBody, MessageAttributes }: Input): Input | Refusal {
    const attributes = (MessageAttributes ?? {}) as Attributes;
    if (Object.keys(attributes).length > 10) {
      return refusal('InvalidParameterValue', 'Number of message attributes exceeds the allowed maximum [10].');
    }
    if (MessageBody === 'refused')
      return refusal('InvalidMessageContents', 'The message has characters that are not allowed.');
    const message: Message = { id: randomUUID(), body: `${MessageBody}`, attributes, visibleAt: 0, receipt: '' };
    queue.messages.add(message);
    wake(queue);
    return { MessageId: message.id, MD5OfMessageBody: md5(message.body) };
  }

  function take(queue: Queue, input: Input): readonly Input[] {
    const names = (input.MessageAttributeNames ?? []) as readonly string[];
    const isAsked = (name: string) => names.includes(name) || names.includes('All') || names.includes('.*');
    const now = Date.now();
    const most = Number(input.MaxNumberOfMessages ?? 1);
    const taken: Input[] = [];
    for (const message of queue.messages) {
      if (taken.length === most) break;
      if (message.visibleAt > now) continue;
      hide(queue, message, Number(input.VisibilityTimeout ?? 30));
      message.receipt = randomUUID();
      const attributes = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => isAsked(name)));
      taken.push({
        MessageId: message.id,
        ReceiptHandle: message.receipt,
        Body: message.body,
        MD5OfBody: md5(message.body),
        ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
      });
    }
    return taken;
  }

  function hide(queue: Queue, message: Message, seconds: number): void {
    message.visibleAt = Date.now() + seconds * 1000;
    later(() => wake(queue), seconds * 1000);
  }

  function receive(queue: Queue, input: Input): Promise<readonly Input[]> {
    const found = take(queue, input);
    const waitMs = Number(input.WaitTimeSeconds ?? 0) * 1000;
    if (found.length > 0 || waitMs === 0) return Promise.resolve(found);
    return new Promise((resolve) => {
      const look = () => {
        const messages = take(queue, input);
        if (messages.length > 0) finish(messages);
      };
      const timer = later(() => finish([]), waitMs);
      const finish = (messages: readonly Input[]) => {
        clearTimeout(timer);
        timers.delete(timer);
        queue.waiting.delete(look);
        resolve(messages);
      };
      queue.waiting.add(look);
    });
  }

  function withReceipt(queue: Queue, receipt: unknown, fn: (message: Message) => void): void {
    for (const message of queue.messages) if (message.receipt === receipt) fn(message);
  }

  function eachEntry(input: Input, fn: (entry: Input) => Input | Refusal): Input {
    const entries = input.Entries as readonly Input[];
    const results = entries.map((entry) => ({ Id: entry.Id, result: fn(entry) }));
    return {
      Successful: results.flatMap(({ Id, result }) => (isRefusal(result) ? [] : [{ Id, ...result }])),
      Failed: results.flatMap(({ Id, result }) =>
        isRefusal(result) ? [{ Id, Code: result.code, Message: result.message, SenderFault: true }] : [],
      ),
    };
  }

  async function run(action: string, input: Input): Promise<Input | Refusal> {
    if (`${input.QueueUrl}`.endsWith('/absent'))
      return refusal('QueueDoesNotExist', 'The specified queue does not exist.');
    const queue = queueAt(input.QueueUrl);
    const remove = ({ ReceiptHandle }: Input) => {
      withReceipt(queue, ReceiptHandle, (message) => queue.messages.delete(message));
      return {};
    };
    const change = ({ ReceiptHandle, VisibilityTimeout }: Input) => {
      withReceipt(queue, ReceiptHandle, (message) => hide(queue, message, Number(VisibilityTimeout)));
      return {};
    };
    switch (action) {
      case 'SendMessage':
        return send(queue, input);
      case 'SendMessageBatch':
        return eachEntry(input, (entry) => send(queue, entry));
      case 'ReceiveMessage': {
        const messages = await receive(queue, input);
        return messages.length === 0 ? {} : { Messages: messages };
      }
      case 'DeleteMessage':
        return remove(input);
      case 'DeleteMessageBatch':
        return eachEntry(input, remove);
      case 'ChangeMessageVisibility':
        return change(input);
      case 'ChangeMessageVisibilityBatch':
        return eachEntry(input, change);
      case 'GetQueueUrl':
        return { QueueUrl: `http://127.0.0.1/123456789012/${input.QueueName}` };
      default:
        return refusal('UnsupportedOperation', `The tests' SQS has no ${action}.`);
    }
  }

  return {
    async answerJson(action, input) {
      const result = await run(action, input);
      if (!isRefusal(result)) return { body: result };
      return { status: 400, body: { __type: `com.amazonaws.sqs#${result.code}`, message: result.message } };
    },
    async answerQuery(parameters) {
      const action = parameters.get('Action') ?? '';
      const result = await run(action, fromQuery(parameters));
      const headers = { 'content-type': 'text/xml' };
      const namespace = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';
      if (isRefusal(result)) {
        const error = `<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.${result.code}</Code><Message>${result.message}</Message></Error>`;
        return {
          status: 400,
          headers,
          body: `<ErrorResponse ${namespace}>${error}<RequestId>r</RequestId></ErrorResponse>`,
        };
      }
      const body = `<${action}Response ${namespace}><${action}Result>${toXml(result)}</${action}Result><ResponseMetadata><RequestId>request</RequestId></ResponseMetadata></${action}Response>`;
      return { headers, body };
    },
    deliver: (name, body) => void send(queueAt(name), { MessageBody: body }),
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly isRefusal: true;
}

function refusal(code: string, message: string): Refusal {
  return { code, message, isRefusal: true };
}

function isRefusal(result: Input | Refusal): result is Refusal {
  return 'isRefusal' in result;
}

/** The parameters of one message, or of the entries of a batch; and the names of attributes. */
function fromQuery(parameters: URLSearchParams): Input {
  const input: Record<string, unknown> = {};
  const attributes: Record<string, object> = {};
  const names: string[] = [];
  const entries = new Map<string, URLSearchParams>();
  for (const [key, value] of parameters) {
    const [, number = '', entryKey = ''] = /^\w+BatchRequestEntry\.(\d+)\.(.+)$/.exec(key) ?? [];
    const [, index, part] = /^MessageAttribute\.(\d+)\.(.+)$/.exec(key) ?? [];
    if (number !== '') {
      const entry = entries.get(number) ?? new URLSearchParams();
      entry.set(entryKey, value);
      entries.set(number, entry);
    } else if (index !== undefined && part === 'Name') {
      const prefix = `MessageAttribute.${index}.Value`;
      attributes[value] = {
        DataType: parameters.get(`${prefix}.DataType`),
        StringValue: parameters.get(`${prefix}.StringValue`),
      };
    } else if (/^MessageAttributeName\.\d+$/.test(key)) names.push(value);
    else input[key] = value;
  }
  const Entries = [...entries.values()].map(fromQuery);
  return { ...input, MessageAttributes: attributes, MessageAttributeNames: names, Entries };
}

function toXml(result: Input): string {
  const { Messages = [], Successful = [], ...rest } = result as Readonly<Record<string, readonly Input[]>>;
  const simple = (part: Input) =>
    Object.entries(part)
      .filter(([, value]) => typeof value === 'string')
      .map(([key, value]) => `<${key}>${escapeXml(`${value}`)}</${key}>`)
      .join('');
  const messages = Messages.map((message) => {
    const attributes = Object.entries((message.MessageAttributes ?? {}) as Attributes)
      .map(
        ([name, { StringValue = '' }]) =>
          `<MessageAttribute><Name>${name}</Name><Value><StringValue>${escapeXml(StringValue)}</StringValue><DataType>String</DataType></Value></MessageAttribute>`,
      )
      .join('');
    return `<Message>${simple(message)}${attributes}</Message>`;
  });
  const sent = Successful.map((entry) => `<SendMessageBatchResultEntry>${simple(entry)}</SendMessageBatchResultEntry>`);
  return simple(rest) + sent.join('') + messages.join('');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
