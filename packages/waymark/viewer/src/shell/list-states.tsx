/** The states of a list screen without a list: loading, failed, empty. */
import type { Resource } from '../api/use-resource.ts';
import { EmptyState } from './empty-state.tsx';

/** Shown while the first load runs, and after a load has failed. */
export function LoadState({ resource }: { readonly resource: Resource<unknown> }) {
  if (resource.error === undefined) return resource.isLoading && resource.value === undefined ? <Loading /> : null;
  return (
    <p class="list-problem" role="alert">
      <span class="error-text">{resource.error.message}</span>
      <button type="button" onClick={resource.reload}>
        Try again
      </button>
    </p>
  );
}

export function Loading() {
  return (
    <p class="list-loading" role="status">
      Loading …
    </p>
  );
}

export interface NothingYetProps {
  readonly title: string;
  readonly choices: readonly { readonly name: string; readonly to: string }[];
}

export function NothingYet({ title, choices }: NothingYetProps) {
  return (
    <EmptyState title={title}>
      <p>Data appears here as soon as traces arrive.</p>
      <ul class="choices">
        {choices.map(({ name, to }) => (
          <li key={to}>
            <a href={to}>{name}</a>
          </li>
        ))}
        <li>
          <a href="/traces">How to send traces here</a>
        </li>
      </ul>
    </EmptyState>
  );
}
