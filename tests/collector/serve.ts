// A collector in a process of its own; prints its address.
import { startCollector } from 'waymark';

void startCollector({ port: 0 }).then(({ url }) => {
  console.log(url.replace('localhost', '127.0.0.1'));
});
process.stdin.on('end', () => process.exit()).resume();
