// A collector in a separate process, with the given file or in memory. It prints its URL.
import { startCollector } from 'waymark';

void startCollector({ port: 0, path: process.argv[2] }).then(({ url }) => {
  console.log(url.replace('localhost', '127.0.0.1'));
});
process.stdin.on('end', () => process.exit()).resume();
