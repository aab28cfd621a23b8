// Loads modules in a fresh process, and prints the time and memory as JSON: `load-once.cjs <folder> <module>…`.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, ...names] = process.argv.slice(2);
const load = createRequire(join(folder, 'index.js'));
const start = process.hrtime.bigint();
for (const name of names) load(name);
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
console.log(JSON.stringify({ milliseconds, heapBytes: process.memoryUsage().heapUsed }));
