// @ts-check
// The sidebar of the docs site: groups of pages, each named by its file in the repository. Its first heading is the title.
// Pages of docs/ that no group names come at the end, under "More".

/** @type {readonly { title: string, pages: readonly string[] }[]} */
export const groups = [
  {
    title: 'Start',
    pages: ['README.md', 'docs/getting-started.md', 'docs/README.md', 'docs/migrating.md', 'docs/runtimes.md'],
  },
  {
    title: 'Guide',
    pages: [
      'docs/frameworks.md',
      'docs/libraries.md',
      'docs/messaging.md',
      'docs/graphql.md',
      'docs/cloud.md',
      'docs/rpc.md',
      'docs/models.md',
      'docs/opentelemetry.md',
      'docs/setup-order.md',
      'docs/spans.md',
      'docs/http-spans.md',
      'docs/baggage.md',
      'docs/sampling.md',
      'docs/hooks.md',
      'docs/queues.md',
      'docs/sockets.md',
      'docs/order.md',
      'docs/background.md',
      'docs/scripts-and-workers.md',
      'docs/logs.md',
      'docs/testing.md',
      'docs/exporters.md',
      'docs/vendors.md',
      'docs/shutdown.md',
      'docs/security.md',
      'docs/other-tracers.md',
      'docs/production.md',
      'docs/troubleshooting.md',
    ],
  },
  {
    title: 'Reference',
    pages: ['docs/settings.md', 'docs/errors.md', 'docs/propagation.md', 'docs/export.md', 'docs/stability.md'],
  },
  {
    title: 'Collector and viewer',
    pages: ['docs/command-line.md', 'docs/viewer.md', 'docs/analysis.md', 'docs/collector.md'],
  },
  {
    title: 'Figures',
    pages: [
      'benchmarks/README.md',
      'benchmarks/libraries.md',
      'docs/faults.md',
      'docs/faults-figures.md',
      'docs/analysis-figures.md',
      'docs/collector-figures.md',
      'docs/viewer-figures.md',
    ],
  },
  {
    title: 'Project',
    pages: ['CONTRIBUTING.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'],
  },
];
