// @ts-check
// For `.ci/run`: a failed test runs a second time, and .ci/total.mjs names it if that passes. On a busy machine one of the tests that
// drive browsers, processes and sockets may fail by chance. Such a test is a fault to mend, in the test or in the product, but not one
// of the change that is being checked.
jest.retryTimes(1, { logErrorsBeforeRetry: true });
