// Services of AWS, as far as tests use them, by their documented protocols: AWS JSON 1.0 for SQS and DynamoDB, AWS query for SNS and for SQS
// as older SDKs call it, REST for S3, Lambda and Bedrock.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBedrock } from './aws/bedrock.ts';
import { answerDynamodb } from './aws/dynamodb.ts';
import { createQueues } from './aws/queues.ts';
import type { Service } from './service.ts';

export interface AwsRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AwsAnswer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body: string | Buffer | object;
}

export interface AwsService extends Service {
  /** Those received. */
  readonly requests: readonly AwsRequest[];
}

/** Queues appear when they are used. `aws/dynamodb.ts` says which tables fail. */
export async function startAws(): Promise<AwsService> {
  const requests: AwsRequest[] = [];
  const queues = createQueues();
  const triedTables = new Set<string>();

  async function answer(request: AwsRequest): Promise<AwsAnswer> {
    const { headers, path, body } = request;
    const [api = '', action = ''] = `${headers['x-amz-target'] ?? ''}`.split('.');
    if (api === 'AmazonSQS') return queues.answerJson(action, JSON.parse(body));
    if (api.startsWith('DynamoDB_')) return answerDynamodb(action, JSON.parse(body), triedTables);
    if (api === 'AWSEvents') return answerEvents(JSON.parse(body));
    if (/^\/2015-03-31\/functions\//.test(path)) return answerLambda(path);
    if (path.startsWith('/model/')) return answerBedrock(path, JSON.parse(body));
    if (`${headers['content-type']}`.startsWith('application/x-www-form-urlencoded')) {
      const parameters = new URLSearchParams(body);
      return parameters.get('Version') === '2012-11-05'
        ? queues.answerQuery(parameters)
        : answerSns(parameters, queues);
    }
    return answerS3(path);
  }

  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming);
    requests.push(request);
    const { status = 200, headers = {}, body } = await answer(request);
    const type = { 'content-type': 'application/x-amz-json-1.0' };
    const isObject = typeof body === 'object' && !Buffer.isBuffer(body);
    response.writeHead(status, { 'x-amzn-requestid': randomUUID(), ...(isObject && type), ...headers });
    response.end(isObject ? JSON.stringify(body) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    user: 'id',
    password: 'secret',
    database: '123456789012',
    url: `http://127.0.0.1:${port}`,
    requests,
    async stop() {
      queues.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<AwsRequest> {
  const { method = '', url = '', headers } = incoming;
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return { method, path: url, headers, body: Buffer.concat(parts).toString() };
}

/** @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
function answerSns(parameters: URLSearchParams, queues: ReturnType<typeof createQueues>): AwsAnswer {
  const action = parameters.get('Action') ?? '';
  const topic = parameters.get('TopicArn') ?? parameters.get('TargetArn') ?? '';
  if (topic.endsWith(':absent')) {
    const error = '<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>';
    return xml(`<ErrorResponse xmlns="${snsNamespace}">${error}<RequestId>r</RequestId></ErrorResponse>`, 404);
  }
  // Topics named like a queue deliver to it, without raw delivery.
  if (action === 'Publish' && topic.endsWith('-to-queue')) {
    queues.deliver(
      topic.slice(topic.lastIndexOf(':') + 1),
      JSON.stringify({
        Type: 'Notification',
        MessageId: randomUUID(),
        TopicArn: topic,
        Message: parameters.get('Message'),
        MessageAttributes: attributesIn(parameters),
      }),
    );
  }
  const result =
    action === 'PublishBatch'
      ? `<Successful>${batchIds(parameters)
          .map((id) => `<member><Id>${id}</Id><MessageId>${randomUUID()}</MessageId></member>`)
          .join('')}</Successful><Failed/>`
      : `<MessageId>${randomUUID()}</MessageId>`;
  return xml(
    `<${action}Response xmlns="${snsNamespace}"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

const snsNamespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

function batchIds(parameters: URLSearchParams): readonly string[] {
  const ids: string[] = [];
  for (let index = 1; ; index++) {
    const id = parameters.get(`PublishBatchRequestEntries.member.${index}.Id`);
    if (id === null) return ids;
    ids.push(id);
  }
}

function attributesIn(parameters: URLSearchParams): Readonly<Record<string, { Type: string; Value: string }>> {
  const attributes: Record<string, { Type: string; Value: string }> = {};
  for (let index = 1; ; index++) {
    const name = parameters.get(`MessageAttributes.entry.${index}.Name`);
    if (name === null) return attributes;
    const part = (key: string) => parameters.get(`MessageAttributes.entry.${index}.Value.${key}`) ?? '';
    attributes[name] = { Type: part('DataType'), Value: part('StringValue') };
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
function answerLambda(path: string): AwsAnswer {
  if (!path.includes('failing')) return { body: '{"shipped":true}', headers: { 'x-amz-executed-version': '1' } };
  return { body: '{"errorMessage":"out of stock"}', headers: { 'x-amz-function-error': 'Unhandled' } };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
function answerEvents({ Entries }: { Entries: readonly { Source?: string }[] }): AwsAnswer {
  const entries = Entries.map(({ Source }) =>
    Source === 'refused' ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' } : { EventId: randomUUID() },
  );
  const failed = entries.filter((entry) => 'ErrorCode' in entry).length;
  return { body: { FailedEntryCount: failed, Entries: entries } };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function answerS3(path: string): AwsAnswer {
  const headers = { 'x-amz-request-id': 'request of S3', 'x-amz-id-2': 'extended id' };
  if (!path.includes('absent')) return { body: 'the object', headers: { ...headers, etag: '"1"' } };
  const error = '<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><RequestId>r</RequestId>';
  return { ...xml(`<?xml version="1.0" encoding="UTF-8"?><Error>${error}</Error>`, 404), headers };
}

function xml(body: string, status = 200): AwsAnswer {
  return { body, status, headers: { 'content-type': 'text/xml' } };
}
