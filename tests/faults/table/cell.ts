// One cell of the table, in a process of its own: `cell.ts <title of the row> <tracer>`, forked by table.ts.
import { chapters } from './rows.ts';
import { playCell, type TracerName } from './stage.ts';

const [title, tracer] = process.argv.slice(2) as [string, TracerName]; // table.ts
const row = chapters.flatMap(({ rows }) => rows).find((one) => one.title === title);
if (row === undefined) throw new Error(`There is no row ${title}.`);
const options = { tracer, isSecure: row.isSecure ?? false, handlesSigterm: row.handlesSigterm ?? true };
playCell(options, row.play).then(
  (result) => process.send?.(result, () => process.exit()),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
