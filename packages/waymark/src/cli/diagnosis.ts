/** One line of `waymark doctor`: what it has found. */
export interface Diagnosis {
  readonly state: 'good' | 'note' | 'bad';
  readonly text: string;
  /** What to do. */
  readonly remedy?: string;
}
