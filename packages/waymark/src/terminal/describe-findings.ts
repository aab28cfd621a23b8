/** The findings of an analysis as sentences, worst first. */

import { adviseOnRepeat, type Finding, type TraceAnalysis, type TraceOutline } from '../analysis/index.ts';
import { countOf } from './count-of.ts';
import { formatDuration } from './format-duration.ts';

export interface DescribedFinding {
  /** A word that is printed in front. */
  readonly mark: string;
  readonly text: string;
}

/** The viewer shows the others. */
const maxOfEach = 3;

export function describeFindings(outline: TraceOutline, analysis: TraceAnalysis): DescribedFinding[] {
  const { repeats, gaps } = analysis;
  const nameOf = (span: number) => `${serviceOf(outline, span)} ${outline.names[outline.nameOf[span] as number]}`;
  return [
    ...repeats
      .filter(({ isNPlusOne }) => isNPlusOne)
      .slice(0, maxOfEach)
      .map((repeat) => ({
        mark: 'N+1',
        text: `${outline.signatures[repeat.signature]}: ${adviseOnRepeat(repeat)}`,
      })),
    ...gaps.slice(0, maxOfEach).map(({ span, startMs, endMs }) => ({
      mark: 'gap',
      text: `${formatDuration(endMs - startMs)} in ${nameOf(span)}, from ${formatDuration(startMs - analysis.firstMs)} on: no span covers this time.`,
    })),
    ...describeOddities(outline, analysis.findings, nameOf),
  ];
}

function describeOddities(
  outline: TraceOutline,
  findings: readonly Finding[],
  nameOf: (span: number) => string,
): DescribedFinding[] {
  const byKind = groupByKind(findings);
  return [...byKind.values()].flatMap((group) => {
    const shown = group.slice(0, maxOfEach).map((finding) => describe(outline, finding, nameOf));
    const rest = group.length - shown.length;
    const mark = shown[0]?.mark ?? '';
    return rest > 0 ? [...shown, { mark, text: `and ${rest} more of this kind.` }] : shown;
  });
}

function groupByKind(findings: readonly Finding[]): Map<Finding['kind'], Finding[]> {
  const groups = new Map<Finding['kind'], Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.kind);
    if (group === undefined) groups.set(finding.kind, [finding]);
    else group.push(finding);
  }
  return groups;
}

function describe(outline: TraceOutline, finding: Finding, nameOf: (span: number) => string): DescribedFinding {
  switch (finding.kind) {
    case 'missing-root':
      return { mark: 'root', text: 'The root is missing: its service has not sent it yet, or sends elsewhere.' };
    case 'several-roots':
      return { mark: 'root', text: `${finding.spans.length} spans have no parent: only one can be the root.` };
    case 'orphan':
      return {
        mark: 'orphan',
        text: `${countOf(finding.spans.length, 'span')} below ${finding.parentSpanId}, a span that has not arrived: ${nameOf(finding.spans[0] as number)}.`,
      };
    case 'cycle':
      return {
        mark: 'cycle',
        text: `${countOf(finding.spans.length, 'span')} in a circle, cut above ${nameOf(finding.spans[0] as number)}.`,
      };
    case 'duplicate-id':
      return { mark: 'id', text: `${finding.spans.length} spans have the id ${finding.spanId}.` };
    case 'negative-duration':
      return { mark: 'time', text: `${nameOf(finding.span)} ends before it starts.` };
    case 'unfinished':
      return {
        mark: 'open',
        text: `${countOf(finding.spans.length, 'span')} without an end, such as ${nameOf(finding.spans[0] as number)}: still running, or cut off.`,
      };
    case 'outlives-parent':
      return { mark: 'late', text: `${nameOf(finding.span)} ends after its parent has ended.` };
    case 'clock-skew': {
      const { offsetMs, service, parentService } = finding;
      const direction = offsetMs > 0 ? 'ahead of' : 'behind';
      return {
        mark: 'clock',
        text: `The clock of ${outline.services[service]} seems ${formatDuration(Math.abs(offsetMs))} ${direction} that of ${outline.services[parentService]}. The times shown here are corrected.`,
      };
    }
  }
}

function serviceOf({ services, serviceOf: numbers }: TraceOutline, span: number): string {
  return services[numbers[span] as number] ?? '';
}
