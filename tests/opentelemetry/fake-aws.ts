// SQS, SNS and DynamoDB as far as the scenarios use them, by their documented protocols: AWS JSON 1.0, and AWS query for SNS.
import { createHash, randomUUID } from 'node:crypto';
import { type FakeAnswer, type FakeHttp, type FakeRequest, fakeHttp } from './fake-http.ts';

interface SentMessage {
  readonly Id?: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

/** The first request for a table named `busy` gets 503, which the SDK tries again. There is no table named `absent`. */
export function fakeAws(): Promise<FakeHttp> {
  const queue: SentMessage[] = [];
  const tried = new Set<string>();
  return fakeHttp((request) => {
    const target = `${request.headers['x-amz-target'] ?? ''}`;
    if (target.startsWith('AmazonSQS.')) return sqs(target.slice('AmazonSQS.'.length), JSON.parse(request.body), queue);
    if (target.startsWith('DynamoDB_')) return dynamodb(JSON.parse(request.body).TableName, tried);
    return sns(request);
  });
}

function sqs(command: string, input: Record<string, unknown>, queue: SentMessage[]): FakeAnswer {
  if (command === 'SendMessage') return json(take(input as unknown as SentMessage, queue));
  if (command === 'SendMessageBatch') {
    return json({
      Successful: (input.Entries as SentMessage[]).map((entry) => ({ Id: entry.Id, ...take(entry, queue) })),
    });
  }
  // ReceiveMessage gives only the attributes that are asked for.
  const names = (input.MessageAttributeNames ?? []) as string[];
  const messages = queue.splice(0).map(({ MessageBody, MessageAttributes = {} }) => ({
    MessageId: randomUUID(),
    ReceiptHandle: randomUUID(),
    Body: MessageBody,
    MD5OfBody: md5(MessageBody),
    MessageAttributes: Object.fromEntries(Object.entries(MessageAttributes).filter(([name]) => names.includes(name))),
  }));
  return json({ Messages: messages });
}

function take(message: SentMessage, queue: SentMessage[]): object {
  queue.push(message);
  return { MessageId: `id of ${message.MessageBody}`, MD5OfMessageBody: md5(message.MessageBody) };
}

function dynamodb(table: string, tried: Set<string>): FakeAnswer {
  if (table === 'busy' && !tried.has(table)) {
    tried.add(table);
    return json({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'busy' }, 503);
  }
  if (table === 'absent')
    return json(
      { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no such table' },
      400,
    );
  return json({ Item: { id: { S: '7' } } });
}

function sns({ body }: FakeRequest): FakeAnswer {
  const action = new URLSearchParams(body).get('Action');
  const answer = `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result><MessageId>7</MessageId></${action}Result>
    <ResponseMetadata><RequestId>request of SNS</RequestId></ResponseMetadata></${action}Response>`;
  return { body: answer, headers: { 'content-type': 'text/xml' } };
}

function json(body: object, status = 200): FakeAnswer {
  return { body, status, headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'request' } };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
