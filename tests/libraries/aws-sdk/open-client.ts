// Clients of the AWS SDK for the service of a test.
import type { Service } from '../../services/service.ts';

/** Options for any client. */
export function clientOptions({ url, user, password }: Service): {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
} {
  return { endpoint: url, region: 'eu-central-1', credentials: { accessKeyId: user, secretAccessKey: password } };
}

/** The URL of a queue, which the service makes when it is used. */
export function queueUrl({ url, database }: Service, name: string): string {
  return `${url}/${database}/${name}`;
}
