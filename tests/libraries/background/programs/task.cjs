// A task of a pool of threads.
const { threadId } = require('node:worker_threads');

module.exports = (task) => ({ task, threadId, keys: Object.keys(task ?? {}) });
module.exports.fail = () => {
  throw new RangeError('too large');
};
