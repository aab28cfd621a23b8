// No tracing at all: what the others are compared with.
'use strict';

module.exports = () => ({ inSpan: (_name, fn) => fn() });
