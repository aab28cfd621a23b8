// Loads a module of a peer from the folder that it was installed into.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

exports.requirePeer = (peer, name) => createRequire(join(__dirname, peer, 'index.js'))(name);
