import { startMariadb } from '../../services/mariadb.ts';
import { startMongo } from '../../services/mongo.ts';
import { startPostgres } from '../../services/postgres.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service, ServiceName } from '../../services/service.ts';

export const startService: Readonly<Record<ServiceName, () => Promise<Service>>> = {
  postgres: startPostgres,
  mariadb: startMariadb,
  redis: startRedis,
  mongo: startMongo,
};
