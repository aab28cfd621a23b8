// A part of the page: measured on its own, kept in results.json, so that one part can be measured again.

export interface Section {
  readonly title: string;
  readonly markdown: string;
  /** What the bar asks for, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface BenchSettings {
  /** The binary that everything measured runs on. */
  readonly node: string;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** Another checkout of Waymark, built, to be measured in turns with this one. */
  readonly against: string | undefined;
}
