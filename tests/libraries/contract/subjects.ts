// Every library in the contract.
import type { Subject } from './subject.ts';
import { amqplibSubject } from './subjects/amqplib.ts';
import { awsSdkSubject } from './subjects/aws-sdk.ts';
import { bullmqSubject } from './subjects/bullmq.ts';
import { ioredisSubject, iovalkeySubject } from './subjects/ioredis.ts';
import { kafkajsSubject } from './subjects/kafkajs.ts';
import { mariadbSubject } from './subjects/mariadb.ts';
import { mariadbCallbackSubject } from './subjects/mariadb-callback.ts';
import { mongodbSubject } from './subjects/mongodb.ts';
import { mongooseSubject } from './subjects/mongoose.ts';
import { mysql2Subject } from './subjects/mysql2.ts';
import { natsSubject } from './subjects/nats.ts';
import { pgSubject } from './subjects/pg.ts';
import { postgresSubject } from './subjects/postgres.ts';
import { redisSubject } from './subjects/redis.ts';

export const subjects: readonly Subject[] = [
  pgSubject,
  postgresSubject,
  mysql2Subject,
  mariadbSubject,
  mariadbCallbackSubject,
  mongodbSubject,
  mongooseSubject,
  ioredisSubject,
  iovalkeySubject,
  redisSubject,
  bullmqSubject,
  kafkajsSubject,
  awsSdkSubject,
  amqplibSubject,
  natsSubject,
];
