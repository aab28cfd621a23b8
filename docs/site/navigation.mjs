// @ts-check
// The sidebar of the docs site: groups of pages, each named by its file in the repository. Its first heading is the title.
// Pages of docs/ that no group names come at the end, under "More".

/** @type {readonly { title: string, pages: readonly string[] }[]} */
export const groups = [
  { title: 'Start', pages: ['README.md', 'docs/command-line.md'] },
  {
    title: 'Guide',
    pages: ['docs/guide.md', 'docs/propagation.md', 'docs/export.md', 'docs/other-tracers.md', 'docs/security.md'],
  },
  { title: 'Collector and viewer', pages: ['docs/viewer.md', 'docs/analysis.md', 'docs/collector.md'] },
  { title: 'Help', pages: ['docs/troubleshooting.md', 'docs/errors.md'] },
  { title: 'Reference', pages: ['docs/settings.md', 'docs/runtimes.md'] },
  {
    title: 'Figures',
    pages: [
      'benchmarks/README.md',
      'docs/faults.md',
      'docs/analysis-figures.md',
      'docs/collector-figures.md',
      'docs/viewer-figures.md',
    ],
  },
  { title: 'Project', pages: ['CONTRIBUTING.md', 'ARCHITECTURE.md'] },
];
