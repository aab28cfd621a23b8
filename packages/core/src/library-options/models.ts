/** The options of language models. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Language models. */
export interface ModelOptionsByLibrary {
  /** The AI SDK, `ai`. */
  readonly ai?: boolean | LibraryOptions | undefined;
  /** `openai`. */
  readonly openai?: boolean | LibraryOptions | undefined;
  /** `@anthropic-ai/sdk`. */
  readonly anthropic?: boolean | LibraryOptions | undefined;
  /** The Model Context Protocol. */
  readonly mcp?: boolean | LibraryOptions | undefined;
}

export const modelDefaults: DefaultsOf<ModelOptionsByLibrary> = {
  ai: commonDefaults,
  openai: commonDefaults,
  anthropic: commonDefaults,
  mcp: commonDefaults,
};
