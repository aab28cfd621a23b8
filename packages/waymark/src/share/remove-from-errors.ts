/** Removes data of one machine and one request from messages and stacks of errors: values in quotes, and folders. */
import { removeQueryLiterals } from './remove-query-literals.ts';
import { type Removing, replacement } from './secret-kinds.ts';

export interface ErrorOptions {
  readonly isStack: boolean;
  /** `db.system.name` of the span, since messages quote queries. */
  readonly system: string | undefined;
}

/** @param text An error's message, or its stack. */
export function removeFromError(text: string, { isStack, system }: ErrorOptions, removing: Removing): string {
  const lines = text.split('\n');
  const firstFrame = isStack ? lines.findIndex((line, index) => index > 0 && isFrame(line)) : -1;
  const messageLines = firstFrame === -1 ? lines : lines.slice(0, firstFrame);
  const message = removeQueryLiterals(messageLines.join('\n'), { system, isQuery: false }, removing);
  const frames = firstFrame === -1 ? [] : lines.slice(firstFrame);
  return [
    ...message.split('\n').map((line) => removeQuoted(shortenPaths(line, machinePath, removing), removing)),
    // The message of a cause is between frames.
    ...frames.map((line) =>
      isFrame(line)
        ? shortenPaths(line, anyPath, removing)
        : removeQuoted(shortenPaths(line, machinePath, removing), removing),
    ),
  ].join('\n');
}

/** Frames of V8, Java, .NET, Python, Go and Firefox, and lines that are only a position. */
function isFrame(line: string): boolean {
  return /^\s*(?:at\s|File\s"|from\s|- [/\w])|:\d+(?::\d+)?\)?\s*(?:\+0x[0-9a-f]+)?\s*$/.test(line);
}

/*
 * A folder ends at the last slash before the file's name. In parentheses it may have spaces. The part before a dependency's
 * folder says where the application is; the part after it is the same on all machines.
 */
const anyPath =
  /(?<=\((?:async )?)(?:file:\/\/\/?)?(?:[a-z]:[\\/]|[\\/])[^()\n]*[\\/]|(?<![\w.:/\\-])(?:file:\/\/\/?)?(?:[a-z]:[\\/]{1,2}|\/)(?:[^\\/\s"'`()<>:|?*]+[\\/]{1,2})+/gi;

/** In a message, a path counts if it is below a folder of file systems. Others may be routes. */
const machinePath =
  /file:\/\/\/?(?:[^\\/\s"'`()<>|?*]+[\\/])+|(?<![\w.:/\\-])(?:[A-Za-z]:[\\/]{1,2}|\\\\|\/(?:home|Users|root|var|opt|etc|tmp|usr|srv|proc|Volumes)\/|\/(?:app|data|media|mnt|code|run|builds?|workspaces?|private|nix|github)\/(?=[^\s"'`()]{0,300}\.\w{1,5}\b))(?:[^\\/\s"'`()<>:|?*]+[\\/]{1,2})*/g;

const dependencyFolder =
  /^.*[\\/]((?:node_modules|site-packages|dist-packages|gems|pkg[\\/]mod|registry[\\/]src|\.m2[\\/]repository)[\\/].*)$/i;

function shortenPaths(line: string, paths: RegExp, removing: Removing): string {
  return line.replace(paths, (folder: string) => {
    const [, inDependency = ''] = dependencyFolder.exec(folder) ?? [];
    return removing('path') ? `…/${inDependency}` : folder;
  });
}

/** Removes the user's name from paths of home folders. */
export function removeHomeFolders(text: string, removing: Removing): string {
  return text.replace(homeFolder, (whole, before: string, user: string) =>
    user === replacement || !removing('path') ? whole : before + replacement,
  );
}

const homeFolder =
  /(?<![\w.]|\b(?:GET|PUT|POST|PATCH|DELETE|HEAD|OPTIONS) )(\/(?:home|Users)\/|[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2})([^\\/\s"'`:;,(){}<>]+)(?=[\\/])/g;

// A string in quotes. An apostrophe inside a word is not a quote.
const quoted = /(?<![\w\\])(?:'([^'\n]{2,})'|"((?:[^"\\\n]|\\.){2,})"|`([^`\n]{2,})`)(?!\w)/g;
// PostgreSQL: `Key (email)=(ada@example.org) already exists.`
const keyDetail = /(\)=\()([^()\n]+)(\))/g;

/** After such a word, a quoted string is a name in the program, not a user's value. */
const programWord =
  /\b(?:reading|setting|evaluating|property|properties|module|package|column|relation|constraint|table|index|key|type|function|method|class|field|param|parameter|option|argument|attribute|header|variable|operator|schema|sequence|trigger|view|route|event|command|syntax|token|identifier|export|import|named|plugin|hook|model|fragment|directive|of|engine|encoding|algorithm|scheme|protocol)\s*:?\s*$/i;

function removeQuoted(line: string, removing: Removing): string {
  return line
    .replace(quoted, (whole: string, single, double, back, at: number) => {
      const value: string = single ?? double ?? back;
      if (value === replacement || value.startsWith('…/')) return whole;
      const isOfProgram =
        /^[\w$.@/#:*[\]-]{1,80}$/.test(value) && programWord.test(line.slice(Math.max(at - 40, 0), at));
      if (isOfProgram || !removing('error-value')) return whole;
      const quote = whole.charAt(0);
      return quote + replacement + quote;
    })
    .replace(keyDetail, (whole, before: string, value: string, after: string) =>
      value === replacement || !removing('error-value') ? whole : before + replacement + after,
    );
}
