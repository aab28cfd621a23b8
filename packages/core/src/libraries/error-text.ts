export function withoutLiterals(message: string, _statement?: string): string {
  return message.replace(/(['"`]).*\1/g, '?');
}
