module.exports = async () => {
  throw new Error('broken in the sandbox');
};
