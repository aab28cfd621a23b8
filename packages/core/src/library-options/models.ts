/** The options of language models. */
import { commonDefaults, type DefaultsOf, type InForce, type LibraryOptions } from './library-options.ts';

/** Options of a library that calls language models or tools. */
export interface ModelLibraryOptions extends LibraryOptions {
  /**
   * Whether prompts, answers, instructions, and the arguments and results of tools are recorded, up to about 16 KiB each. They may be secret.
   * Default `false`, or what `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says.
   */
  readonly contents?: boolean | undefined;
}

/** Language models. */
export interface ModelOptionsByLibrary {
  /** The AI SDK, `ai`. */
  readonly ai?: boolean | ModelLibraryOptions | undefined;
  /** `openai`. */
  readonly openai?: boolean | ModelLibraryOptions | undefined;
  /** `@anthropic-ai/sdk`. */
  readonly anthropic?: boolean | ModelLibraryOptions | undefined;
  /** The Model Context Protocol. */
  readonly mcp?: boolean | ModelLibraryOptions | undefined;
}

const model: InForce<ModelLibraryOptions> = { ...commonDefaults, contents: false };

export const modelDefaults: DefaultsOf<ModelOptionsByLibrary> = {
  ai: model,
  openai: model,
  anthropic: model,
  mcp: model,
};

/** OpenTelemetry's variable for the contents of models. */
export const contentsVariable = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';

/** Whether the variable asks for contents in spans. OpenTelemetry's instrumentations read both forms. */
export function asksForContents(text: string | undefined): boolean {
  return /^(?:true|span_only|span_and_event)$/i.test(text?.trim() ?? '');
}
