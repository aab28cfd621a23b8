/** One result of `waymark doctor`. */
export interface Diagnosis {
  readonly state: 'good' | 'note' | 'bad';
  readonly text: string;
  /** What the user should do. */
  readonly remedy?: string;
}
