/**
 * A real server for tests. `startPostgres()`, `startMariadb()`, `startRedis()`, `startRedisCluster()`, `startMongo()`,
 * `startRabbitmq()`, `startKafka()` and `startNats()`, each in the file of its name, start one on a free port of 127.0.0.1, with its data in
 * a temporary folder. `startAws()` answers in the process of the test. RabbitMQ and Kafka take four seconds, the others about one. Start one for each
 * test file and stop it in the end. It ends with the process of the test, too.
 *
 * @example
 * describeWith('postgres')('pg', () => {
 *   let postgres: Service;
 *   beforeAll(async () => {
 *     postgres = await startPostgres();
 *   });
 *   afterAll(() => postgres.stop());
 * });
 */
export interface Service {
  readonly host: string;
  readonly port: number;
  /** Empty if the server asks for no user, and the password likewise. */
  readonly user: string;
  readonly password: string;
  /** It exists, and is empty. In Redis a number. */
  readonly database: string;
  readonly url: string;
  /** Ends the process of the server and removes its data. */
  stop(): Promise<void>;
}

export type ServiceName = 'postgres' | 'mariadb' | 'redis' | 'mongo' | 'rabbitmq' | 'kafka' | 'nats' | 'aws';
