/**
 * Lambda: `Lambda/Invoke`. The function gets the context as `custom` of its `clientContext`, where it can be read in `context.clientContext.custom`.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/#outgoing-invocations
 */
import { contextToCarry, hasContext, writeContext } from '../../carried-context.ts';
import { stringIn } from '../input-value.ts';
import type { Service } from '../service.ts';

// Lambda API reference, "Invoke": up to 3,583 bytes of Base64 in the header.
const longestContext = 3583;

export const lambda: Service = {
  describe({ name, input }, attributes) {
    const invoked = stringIn(input, 'FunctionName');
    if (invoked === undefined || !name.startsWith('Invoke')) return undefined;
    attributes.push('faas.invoked_name', nameOf(invoked), 'faas.invoked_provider', 'aws');
    return undefined;
  },

  prepare({ name, input }, operation) {
    // Lambda passes it on for synchronous calls only.
    const isSynchronous =
      stringIn(input, 'InvocationType') !== 'Event' && stringIn(input, 'InvocationType') !== 'DryRun';
    if (name !== 'Invoke' || !isSynchronous) return undefined;
    const context = contextToCarry('aws-sdk', operation);
    if (context === undefined) return undefined;
    const given = stringIn(input, 'ClientContext');
    const clientContext = given === undefined ? {} : readJson(given);
    if (clientContext === undefined) return undefined;
    const custom = { ...(clientContext.custom as object | undefined) }; // a spread takes any value
    if (hasContext(custom)) return undefined;
    writeContext(context, custom);
    const text = Buffer.from(JSON.stringify({ ...clientContext, custom })).toString('base64');
    return text.length > longestContext ? undefined : { ...input, ClientContext: text };
  },

  finish({ name }, _, { output }) {
    if (name !== 'Invoke') return undefined;
    const failure = stringIn(output, 'FunctionError');
    return failure === undefined ? undefined : { failure: { name: failure, message: 'The function has failed' } };
  },
};

/** The name in an ARN, a partial ARN, or a name with a version. */
function nameOf(invoked: string): string {
  const parts = invoked.split(':');
  const at = parts.indexOf('function');
  return (at === -1 ? parts[0] : parts[at + 1]) ?? invoked;
}

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined; // it is the application's to find out
  }
}
