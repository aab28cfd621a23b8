/** A span of the Azure SDK, for its contract. */
import type { AttributeValue } from '../../attribute-value.ts';
import type { AttributeList } from '../../attributes.ts';
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Incoming } from '../incoming.ts';
import type { Operation } from '../operation.ts';
import type { TracingSpan } from './azure-types.ts';

/** Names of the SDK for which the conventions have others. `undefined`: not recorded, since another attribute says it. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['az.namespace', 'azure.resource_provider.namespace'],
  ['az.service_request_id', 'azure.service.request.id'],
  ['serviceRequestId', 'azure.service.request.id'],
  ['message_bus.destination', 'messaging.destination.name'],
  ['messaging.source.name', 'messaging.destination.name'],
  ['messaging.operation', 'messaging.operation.name'],
  ['net.peer.name', 'server.address'],
  ['peer.address', 'server.address'],
]);

/** Those that name things. Others could have a statement, a prompt or an address with a secret. */
const known =
  /^(az|azure|messaging|server)\.|^db\.(system|namespace|collection|operation|response)\b|^gen_ai\.(system|provider|operation|request|response|usage)\b/;

/** The attribute by its name in the conventions; `undefined` if it is not recorded. */
function attributeOf(name: string, value: unknown): readonly [string, AttributeValue] | undefined {
  const key = renamed.get(name) ?? name;
  if (!known.test(key)) return undefined;
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain && value !== '' ? [key, value] : undefined;
}

export function attributesOf(given: Readonly<Record<string, unknown>> | undefined): AttributeList {
  const list: AttributeList = [];
  for (const [name, value] of Object.entries(given ?? {})) {
    const attribute = attributeOf(name, value);
    if (attribute !== undefined && !list.includes(attribute[0])) list.push(...attribute);
  }
  return list;
}

/** @param work `undefined`: there is no span. The SDK then does no more for it. */
export function azureSpan(work: Operation | Incoming | undefined): TracingSpan {
  if (work === undefined) return withoutSpan;
  let failure: { readonly error: unknown } | undefined;
  return {
    setStatus(status) {
      if (readProperty(status, 'status') === 'error') failure = { error: readProperty(status, 'error') };
    },
    setAttribute(name, value) {
      try {
        const attribute = attributeOf(name, value);
        if (attribute !== undefined) work.set(...attribute);
      } catch (error) {
        countFault(error);
      }
    },
    recordException(error) {
      failure ??= { error };
    },
    addEvent() {},
    isRecording: () => true,
    end() {
      try {
        if (failure === undefined) work.end();
        else fail(work, failure.error);
      } catch (error) {
        countFault(error);
      }
    },
  };
}

/** An error of a service has its name in `code`, such as `BlobNotFound`; of an answer without a body, from its header. */
function fail(work: Operation | Incoming, error: unknown): void {
  const code = readProperty(error, 'code') ?? readProperty(readProperty(error, 'details'), 'errorCode');
  const status = readProperty(error, 'statusCode');
  if (typeof status === 'number') work.set('http.response.status_code', status);
  const isNamed = typeof code === 'string' && code !== '';
  const message = readProperty(error, 'message');
  // The service appends ids and the time: another message each time.
  const text = typeof message === 'string' ? message.split('\n', 1)[0] : undefined;
  work.fail(isNamed ? { name: code, message: text ?? '' } : (error ?? { name: '_OTHER', message: '' }));
}

const withoutSpan: TracingSpan = {
  setStatus() {},
  setAttribute() {},
  recordException() {},
  addEvent() {},
  isRecording: () => false,
  end() {},
};
