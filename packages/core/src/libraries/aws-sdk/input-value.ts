/** Reads what an application has put into the input of a command, which may be anything. */
import { readProperty } from '../../read-property.ts';

export function stringIn(value: unknown, key: string): string | undefined {
  const found = readProperty(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function numberIn(value: unknown, key: string): number | undefined {
  const found = readProperty(value, key);
  return typeof found === 'number' ? found : undefined;
}

export function listIn(value: unknown, key: string): readonly unknown[] {
  const found = readProperty(value, key);
  return Array.isArray(found) ? found : [];
}
