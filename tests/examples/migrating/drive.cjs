// Calls the functions of one side, and prints what they return and the spans:
// `drive.cjs <set-up> <tracer> <before or after> <number of spans>`.
'use strict';
const { EventEmitter } = require('node:events');

async function drive([tracer, from, side, count]) {
  const setUp = require(`./set-up/${tracer}.cjs`);
  await setUp.start?.();
  const shop = require(`./${from}/${side}.js`);
  await shop.checkout(['shoe', 'sock']);
  const failure = await shop.checkout(['unpaid']).then(
    () => 'none',
    ({ message }) => message,
  );
  const seen = { failure };
  if (shop.compress !== undefined) {
    const file = new EventEmitter();
    const done = new Promise((resolve) => shop.compress(file, resolve));
    setImmediate(() => file.emit('end'));
    await done;
  }
  shop.send({ id: 7 });
  shop.work();
  if (shop.asTenant !== undefined) seen.tenant = await shop.asTenant('acme', async () => shop.currentTenant());
  console.log(JSON.stringify({ seen, spans: await setUp.finish(Number(count)) }));
  process.exit();
}

drive(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
