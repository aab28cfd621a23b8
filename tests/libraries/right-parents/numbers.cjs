// What every program makes of the number of a request.
'use strict';

/** One request in twenty makes a call that fails. */
exports.fails = (n) => n % 20 === 0;

/** How many rows its first query has. */
exports.rowsOf = (n) => 1 + (n % 4);

/** These may not be in anything that is exported. judge.ts searches for them. */
exports.literal = (n) => `literal-secret-${n}`;
exports.numericLiteral = (n) => `8642${n}`;
exports.value = (n) => `value-secret-${n}`;
exports.jobData = (n) => `job-secret-${n}`;

/** Resolves when a function with a callback has called back, after `inCallback`. */
exports.whenCalledBack = (start, inCallback) =>
  new Promise((resolve, reject) => {
    start((error, result) => {
      inCallback?.();
      if (error) reject(error);
      else resolve(result);
    });
  });

/** For a call that has to fail. */
exports.expectFailure = async (promise) => {
  const outcome = await promise.then(
    () => 'success',
    () => 'failure',
  );
  if (outcome !== 'failure') throw new Error('A call that has to fail did not.');
};
