/** The provider behind an address, by the names of OpenTelemetry, and what all calls of one client have in common. */
import { SharedAttributes } from '../../shared-attributes.ts';

/** Suffixes of hosts. */
const providers: readonly (readonly [host: string, provider: string])[] = [
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure.ai.openai'],
  ['cognitiveservices.azure.com', 'azure.ai.openai'],
  ['services.ai.azure.com', 'azure.ai.inference'],
  ['models.ai.azure.com', 'azure.ai.inference'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.groq.com', 'groq'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'x_ai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['ml.cloud.ibm.com', 'ibm.watsonx.ai'],
];

/** `undefined` for a host that is not known: a gateway, or a server on the own network. */
function providerOf(host: string): string | undefined {
  if (/^bedrock[a-z-]*\./.test(host) && host.includes('.amazonaws.com')) return 'aws.bedrock';
  // The hosts of regions are such as `eu.api.openai.com` and `us-central1-aiplatform.googleapis.com`.
  return providers.find(
    ([suffix]) => host === suffix || host.endsWith(`.${suffix}`) || host.endsWith(`-${suffix}`),
  )?.[1];
}

interface Server {
  readonly baseUrl: string;
  readonly attributes: SharedAttributes;
}

/** By client. An address may be changed. */
const servers = new WeakMap<object, Server>();

/**
 * The attributes of a client: its provider and server.
 *
 * @param fallback The provider of a host that is not known. A library for one provider has its name.
 */
export function sharedOfClient(client: object, baseUrl: unknown, fallback: string): SharedAttributes {
  const text = typeof baseUrl === 'string' ? baseUrl : '';
  const known = servers.get(client);
  if (known?.baseUrl === text) return known.attributes;
  const attributes = new SharedAttributes(attributesOf(text, fallback));
  servers.set(client, { baseUrl: text, attributes });
  return attributes;
}

function attributesOf(baseUrl: string, fallback: string): (string | number)[] {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    return ['gen_ai.provider.name', fallback];
  }
  const address = url.hostname.replace(/^\[(.*)\]$/, '$1'); // an IPv6 address
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  const provider = providerOf(address) ?? fallback;
  return ['gen_ai.provider.name', provider, 'server.address', address, 'server.port', port];
}
