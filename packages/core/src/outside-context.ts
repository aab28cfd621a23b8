/** The context outside any span, for what takes a context. */
import { Context } from './context.ts';

export const outside: Context = Object.freeze(new Context(undefined, undefined));
