/** What the options of each library have, and how a group of libraries states its defaults. */

/** What every library's options have. */
export interface LibraryOptions {
  /** Whether a call gets a span only below an active span. `false`: a call outside any starts a trace. Default `true`. */
  readonly requireParentSpan?: boolean | undefined;
}

/** The options of a group of libraries, by the name of the library. */
type OptionsIn<Group, Name extends keyof Group> = Exclude<Group[Name], boolean | undefined>;

/** Options with their defaults: each has a value. */
export type InForce<Options> = { readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined> };

/** The options of each library of a group, with their defaults. */
export type DefaultsOf<Group> = { readonly [Name in keyof Group]-?: InForce<OptionsIn<Group, Name>> };

export const commonDefaults: InForce<LibraryOptions> = { requireParentSpan: true };
