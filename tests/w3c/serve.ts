// Runs one of the services until it gets a signal to stop: `serve.ts express`. Its first line of output is its address.
import { startService } from './service.ts';

const [name = ''] = process.argv.slice(2);
const start = Object.entries(startService).find(([adapter]) => adapter === name)?.[1];
if (start === undefined) throw new Error(`Expected one of ${Object.keys(startService).join(', ')}, got ${name}.`);
start().then(({ url }) => console.log(url));
