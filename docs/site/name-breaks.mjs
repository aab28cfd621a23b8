// @ts-check

/**
 * Lets long names in code break after `_`, `.`, `=` or `{`. Otherwise `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` makes the column of a
 * table so wide that the columns after it are outside of the page.
 *
 * @param {any} markdown An instance of markdown-it, which has no types here.
 */
export function nameBreaks(markdown) {
  const render = markdown.renderer.rules.code_inline;
  if (render === undefined) throw new Error('markdown-it has no rule for code in a line.');
  markdown.renderer.rules.code_inline = (...args) =>
    render(...args).replace(/(?<=\w)[_.=]\{?(?=\w{2})|\{(?=\w{2})/g, '$&<wbr>');
}
