export type SqlDialect = 'postgresql' | 'mysql' | 'sqlite' | 'tsql';

export interface SqlText {
  readonly text: string;
  readonly summary: string;
}

export function readSql(sql: string, _dialect: SqlDialect): SqlText {
  return {
    text: sql.replace(/'[^']*'/g, '?').replace(/\b\d+\b/g, '?'),
    summary: sql.split(/\s+/, 1)[0]?.toUpperCase() ?? '',
  };
}
