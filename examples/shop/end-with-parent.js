// @ts-check
// start.js loads this into each service. If start.js ends, in any way, the service ends too.
process.once('disconnect', () => process.exit());
