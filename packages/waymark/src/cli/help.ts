/** Renders the list of commands, and the help of each. */
import type { Command } from './command.ts';
import type { Option } from './read-arguments.ts';

export function renderOverview(commands: Readonly<Record<string, Command>>): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  waymark ${name.padEnd(8)}  ${summary}`);
  return `See your traces: a collector and viewer for OpenTelemetry and Zipkin.

  waymark           start the collector and the viewer
  waymark -- node server.js
                    run your application and print its traces
${lines.join('\n')}
  waymark help COMMAND
`;
}

export function renderHelp({ usage, summary, details, options }: Command): string {
  const parts = [`${usage}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}.`];
  if (details !== undefined) parts.push(details);
  const lines = Object.entries(options).map(([name, option]) => [formatOption(name, option), option.help] as const);
  const width = lines.reduce((widest, [left]) => Math.max(widest, left.length), 0);
  if (lines.length > 0) parts.push(lines.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function formatOption(name: string, { short, type, value = 'VALUE' }: Option): string {
  const long = `--${name}${type === 'string' ? ` ${value}` : ''}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}
