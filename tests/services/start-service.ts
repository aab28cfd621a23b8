// How each server starts.
import { startAws } from './aws.ts';
import { startKafka } from './kafka.ts';
import { startMariadb } from './mariadb.ts';
import { startMongo } from './mongo.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startRedis } from './redis.ts';
import type { Service, ServiceName } from './service.ts';

export const startService: Readonly<Record<ServiceName, () => Promise<Service>>> = {
  postgres: startPostgres,
  mariadb: startMariadb,
  redis: startRedis,
  mongo: startMongo,
  rabbitmq: startRabbitmq,
  kafka: startKafka,
  aws: startAws,
  nats: startNats,
};
