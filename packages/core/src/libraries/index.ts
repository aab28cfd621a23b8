/**
 * Databases, caches and job queues in the trace. `tracing()` and `getTracer()` trace what the process loads; the functions here are
 * for scripts, bundles, ES modules and single instances.
 *
 * @packageDocumentation
 */
import { getTracer } from '../default-tracer.ts';
import { internalsOf } from '../internal-tracer.ts';
import type { LibrariesOption } from '../libraries-option.ts';
import { traceLibrariesOf } from './instrument.ts';

export type { LibrariesOption, LibraryName, OptionsByLibrary } from '../libraries-option.ts';
export type * from '../library-options/index.ts';
export { type AiTelemetry, type AiTracer, aiTelemetry } from './ai/ai-telemetry.ts';
export { traceAi } from './ai/trace-ai.ts';
export { traceAmqplib } from './amqplib/trace-amqplib.ts';
export { traceAnthropic } from './anthropic/trace-anthropic.ts';
export { traceAwsSdk } from './aws-sdk/trace-aws-sdk.ts';
export { traceAzure } from './azure/trace-azure.ts';
export { type BullmqSpan, type BullmqTelemetry, bullmqTelemetry, traceBullmq } from './bullmq.ts';
export { traceChildProcess } from './child-process.ts';
export { traceClickhouse } from './clickhouse.ts';
export { connectClientTracing, connectServerTracing } from './connect/connect-tracing.ts';
export type { ConnectInterceptor } from './connect/connect-types.ts';
export { traceCron } from './cron.ts';
export { traceDataloader } from './dataloader.ts';
export { type ApolloRequestListener, type ApolloTracing, apolloTracing } from './graphql/apollo.ts';
export { traceMercurius } from './graphql/mercurius.ts';
export { type GraphqlFunctions, traceGraphql } from './graphql/trace-graphql.ts';
export { type YogaTracing, yogaTracing } from './graphql/yoga.ts';
export { traceGrpc } from './grpc/trace-grpc.ts';
export { traceIoredis } from './ioredis.ts';
export { traceConfluentKafka } from './kafka/confluent.ts';
export { traceKafka } from './kafka/kafkajs.ts';
export { traceMariadb } from './mariadb/trace-mariadb.ts';
export { traceMcp } from './mcp/trace-mcp.ts';
export { traceMongo } from './mongodb/trace-mongo.ts';
export { traceMongoose } from './mongoose.ts';
export { traceMysql2 } from './mysql2/trace-mysql2.ts';
export { traceNats } from './nats/trace-nats.ts';
export { traceNodeCron } from './node-cron.ts';
export { traceOpenai } from './openai/trace-openai.ts';
export { tracePg } from './pg/trace-pg.ts';
export { tracePiscina } from './piscina.ts';
export { tracePlatformaticKafka } from './platformatic-kafka/trace-platformatic.ts';
export { tracePostgres } from './postgres/trace-postgres.ts';
export { tracePrisma } from './prisma/trace-prisma.ts';
export { traceRedis } from './redis.ts';
export { traceElasticsearch } from './search/elasticsearch.ts';
export { traceOpensearch } from './search/opensearch.ts';
export { traceSocketIo } from './socket-io/trace-socket-io.ts';
export { traceBetterSqlite3 } from './sqlite/better-sqlite3.ts';
export { traceNodeSqlite } from './sqlite/node-sqlite.ts';
export { traceMssql, traceTedious } from './tedious.ts';
export { type ChannelSpan, type TraceChannelOptions, traceChannel } from './trace-channel.ts';
export { type TrpcCall, type TrpcMiddleware, trpcTracing } from './trpc/trpc-tracing.ts';
export { withMessage } from './with-message.ts';
export { traceWorkerThreads } from './worker-threads.ts';
export { traceWs } from './ws.ts';

/**
 * Traces the supported libraries that the process has loaded, and those that it loads later: for scripts and workers, which have no
 * `tracing()`. It makes the process's tracer if there is none. May be called again, after more libraries were loaded.
 *
 * @param libraries Default: the `libraries` option of the process's tracer, or else all.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 * @example
 * instrumentLibraries();
 * await withSpan('nightly report', () => pool.query('SELECT count(*) FROM orders'));
 */
export function instrumentLibraries(libraries?: LibrariesOption): void {
  traceLibrariesOf(internalsOf(getTracer(libraries === undefined ? {} : { libraries })));
}
