// @ts-check
// Finds @waymark/… in the project that has the tarballs, as a file of that project would; and all else as usual.

/** @param {string} request @param {{ basedir: string, defaultResolver: Function }} options */
module.exports = function resolveTarballs(request, options) {
  const project = process.env.WAYMARK_PACKED_PROJECT;
  const isOurs = /^@waymark\//.test(request);
  return options.defaultResolver(request, isOurs ? { ...options, basedir: project } : options);
};
