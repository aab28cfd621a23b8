// @ts-check
// Loaded into each service by start.js: if that is gone, however it ended, so is the service.
process.once('disconnect', () => process.exit());
