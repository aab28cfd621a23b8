// A collector in a process of its own, with the file that is named, else in memory; prints its address.
import { startCollector } from 'waymark';

void startCollector({ port: 0, path: process.argv[2] }).then(({ url }) => {
  console.log(url.replace('localhost', '127.0.0.1'));
});
process.stdin.on('end', () => process.exit()).resume();
