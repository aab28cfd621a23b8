// @ts-check
import kafkajs from 'kafkajs';

/** The topic. */
export const orders = 'waymark-orders';

/** @param {string} clientId */
export function openKafka(clientId) {
  const brokers = (process.env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
  return new kafkajs.Kafka({ clientId, brokers, logLevel: kafkajs.logLevel.NOTHING });
}

/** Makes the topic if there is none. */
export async function makeTopic() {
  const admin = openKafka('start').admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: orders, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
}
