/** The `codeAttributes` option: whether the spans of libraries say which line of the application made the call. */
import { type Form, Unreadable } from './settings/setting.ts';

/** `true` looks once for each distinct statement, `'always'` at each call. */
export type CodeAttributesOption = boolean | 'always';

const expected = "true, false or 'always'";

export const codeAttributesForm: Form<CodeAttributesOption> = {
  read(text) {
    const lower = text.toLowerCase();
    if (lower === 'always') return lower;
    if (lower === 'true') return true;
    return lower === 'false' ? false : new Unreadable(expected);
  },
  check: (value) => (typeof value === 'boolean' || value === 'always' ? value : new Unreadable(expected)),
};
