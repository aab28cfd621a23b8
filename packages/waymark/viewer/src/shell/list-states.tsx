/** What a list screen says when loading failed, or when there is nothing. */
import type { Resource } from '../api/use-resource.ts';
import { EmptyState } from './empty-state.tsx';

/** While nothing is there yet, or if loading has failed. */
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
      <p>Figures come from the traces that the collector keeps, as soon as they arrive.</p>
      <ul class="choices">
        {choices.map(({ name, to }) => (
          <li key={to}>
            <a href={to}>{name}</a>
          </li>
        ))}
        <li>
          <a href="/traces">See how to send traces here</a>
        </li>
      </ul>
    </EmptyState>
  );
}
