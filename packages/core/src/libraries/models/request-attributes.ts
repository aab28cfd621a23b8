/** The parameters of a request to a model, by the names of OpenTelemetry. */
import type { AttributeList } from '../../attributes.ts';

/** The body of a request: the application's, so each value may be anything. */
export type Parameters = Readonly<Record<string, unknown>>;

export interface RequestParameters {
  readonly model?: unknown;
  readonly temperature?: unknown;
  readonly topP?: unknown;
  readonly topK?: unknown;
  readonly maxTokens?: unknown;
  readonly frequencyPenalty?: unknown;
  readonly presencePenalty?: unknown;
  readonly seed?: unknown;
  /** How many answers are asked for. */
  readonly choices?: unknown;
  readonly stop?: unknown;
  readonly stream?: unknown;
  readonly outputType?: unknown;
  readonly reasoning?: unknown;
}

/** Values of another type than the conventions have are skipped. */
export function pushParameters(attributes: AttributeList, given: RequestParameters): void {
  if (typeof given.model === 'string') attributes.push('gen_ai.request.model', given.model);
  pushNumber(attributes, 'gen_ai.request.temperature', given.temperature);
  pushNumber(attributes, 'gen_ai.request.top_p', given.topP);
  pushNumber(attributes, 'gen_ai.request.top_k', given.topK);
  pushNumber(attributes, 'gen_ai.request.max_tokens', given.maxTokens);
  pushNumber(attributes, 'gen_ai.request.frequency_penalty', given.frequencyPenalty);
  pushNumber(attributes, 'gen_ai.request.presence_penalty', given.presencePenalty);
  pushNumber(attributes, 'gen_ai.request.seed', given.seed);
  if (given.choices !== 1) pushNumber(attributes, 'gen_ai.request.choice.count', given.choices);
  const stops = typeof given.stop === 'string' ? [given.stop] : given.stop;
  if (Array.isArray(stops) && stops.length > 0 && stops.every((stop) => typeof stop === 'string')) {
    attributes.push('gen_ai.request.stop_sequences', [...stops]);
  }
  if (given.stream === true) attributes.push('gen_ai.request.stream', true);
  if (typeof given.outputType === 'string') attributes.push('gen_ai.output.type', given.outputType);
  if (typeof given.reasoning === 'string') attributes.push('gen_ai.request.reasoning.level', given.reasoning);
}

function pushNumber(attributes: AttributeList, key: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) attributes.push(key, value);
}
