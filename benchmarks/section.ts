// A part of the page. Each is measured separately and kept in results.json, so that one part can be measured again.

export interface Section {
  readonly title: string;
  readonly markdown: string;
  /** The figures for the bar, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface BenchSettings {
  /** The Node binary that runs the measured code. */
  readonly node: string;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** Another checkout of Waymark, built, to be measured in turns with this one. */
  readonly against: string | undefined;
}
