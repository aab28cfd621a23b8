/** Calls as instrumentations of Node.js, Java and Python record them, also with the names of Datadog and Zipkin. */
import type { Operation, Span, Step } from './run-program.ts';

type Extra = Partial<Operation>;
type Attributes = NonNullable<Span['attributes']>;

function client(service: string, name: string, attributes: Attributes, body: readonly Step[], extra: Extra): Operation {
  return { service, name, kind: 'client', attributes, body, ...extra };
}

/** `@opentelemetry/instrumentation-pg` with stable names. */
export function pgQuery(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  const verb = text.trim().split(/\s/, 1)[0]?.toUpperCase();
  const attributes = {
    'db.system.name': 'postgresql',
    'db.namespace': 'crm',
    'db.query.text': text,
    'server.address': 'pg.internal',
    'server.port': 5432,
  };
  return client(service, `pg.query:${verb} crm`, attributes, [ms], extra);
}

/** The pool's span, which the same package records before each query. */
export function pgPoolConnect(service: string, ms: number): Operation {
  return client(
    service,
    'pg-pool.connect',
    { 'db.system': 'postgresql', 'db.postgresql.idle.timeout.millis': 10_000, 'db.postgresql.max.client': 10 },
    [ms],
    {},
  );
}

/** `@opentelemetry/instrumentation-mysql2`, whose query contains the values. */
export function mysql2Query(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  const attributes = {
    'db.system': 'mysql',
    'db.name': 'crm',
    'db.user': 'app',
    'db.connection_string': 'jdbc:mysql://mysql:3306/crm',
    'db.statement': text,
    'net.peer.name': 'mysql',
    'net.peer.port': 3306,
  };
  return client(service, text.trim().split(/\s/, 1)[0] ?? '', attributes, [ms], extra);
}

/** The Java agent: JDBC with a sanitised statement. */
export function jdbcQuery(service: string, name: string, text: string, ms: number, extra: Extra = {}): Operation {
  const attributes = {
    'db.system': 'postgresql',
    'db.name': 'billing',
    'db.user': 'billing',
    'db.connection_string': 'postgresql://pg:5432',
    'db.operation': name.split(' ')[0] ?? '',
    'db.sql.table': name.split('.')[1] ?? '',
    'db.statement': text,
    'server.address': 'pg',
    'thread.id': 41,
    'thread.name': 'http-nio-8080-exec-3',
  };
  return client(service, name, attributes, [ms], extra);
}

/** Python's `opentelemetry-instrumentation-psycopg2` and similar packages. */
export function pythonQuery(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  const attributes = { 'db.system': 'postgresql', 'db.name': 'app', 'db.statement': text, 'db.user': 'app' };
  return client(service, text.split(' ', 1)[0] ?? '', attributes, [ms], extra);
}

/** dd-trace: the operation is the name, the statement is the resource. */
export function datadogQuery(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  const attributes = {
    'resource.name': text,
    'span.type': 'sql',
    'db.type': 'postgres',
    'db.name': 'app',
    'out.host': 'pg',
    component: 'pg',
  };
  return client(service, 'pg.query', attributes, [ms], extra);
}

export function datadogHttp(service: string, method: string, url: string, ms: number, extra: Extra = {}): Operation {
  const attributes = {
    'resource.name': method,
    'span.type': 'http',
    'http.method': method,
    'http.url': url,
    'http.status_code': '200',
    'out.host': new URL(url).hostname,
    component: 'fetch',
  };
  return client(service, 'http.request', attributes, [ms], extra);
}

/** Brave: the method is the name, the rest are tags, which are strings. */
export function braveHttp(
  service: string,
  method: string,
  path: string,
  body: readonly Step[],
  extra: Extra = {},
): Operation {
  return client(service, method.toLowerCase(), { 'http.method': method, 'http.path': path }, body, extra);
}

export function braveQuery(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  return client(service, text.split(' ', 1)[0] ?? '', { 'sql.query': text, 'peer.service': 'mysql' }, [ms], extra);
}

/** `@opentelemetry/instrumentation-ioredis`: the command's name, and the command with values as `[1 other arguments]`. */
export function ioredis(service: string, text: string, ms: number, extra: Extra = {}): Operation {
  const attributes = {
    'db.system': 'redis',
    'db.statement': text,
    'db.connection_string': 'redis://cache:6379',
    'net.peer.name': 'cache',
    'net.peer.port': 6379,
  };
  return client(service, text.split(' ', 1)[0] ?? '', attributes, [ms], extra);
}

/** `@opentelemetry/instrumentation-aws-sdk`, with the HTTP call below it. */
export function awsSdk(
  awsService: string,
  method: string,
  httpMethod: string,
  url: string,
  ms: number,
  { attributes = {}, ...extra }: Extra = {},
): Operation {
  const request = client(
    'worker',
    httpMethod,
    {
      'http.request.method': httpMethod,
      'url.full': url,
      'http.response.status_code': 200,
      'server.address': new URL(url).hostname,
    },
    [ms],
    {},
  );
  return client(
    'worker',
    `${awsService}.${method}`,
    {
      'rpc.system': 'aws-api',
      'rpc.service': awsService,
      'rpc.method': method,
      'cloud.region': 'eu-west-1',
      'http.status_code': 200,
      ...attributes,
    },
    [0.2, request, 0.1],
    extra,
  );
}

/** `@elastic/transport`, which records spans itself. The HTTP call is below its span. */
export function elastic(
  service: string,
  operation: string,
  method: string,
  path: string,
  ms: number,
  text?: string,
  extra: Extra = {},
): Operation {
  const url = `http://es:9200${path}`;
  const attributes = {
    'db.system': 'elasticsearch',
    'db.operation.name': operation,
    'http.request.method': method,
    'url.full': url,
    'server.address': 'es',
    'server.port': 9200,
    ...(text !== undefined && { 'db.query.text': text }),
  };
  const request = client(service, method, { 'http.request.method': method, 'url.full': url }, [ms], {});
  return client(service, operation, attributes, [0.1, request, 0.1], extra);
}
