/** Asks for the token when the viewer is opened, and sets the cookie with it. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkSameOrigin, isSameToken, tokenCookie } from './allowed-callers.ts';
import type { ServerContext } from './server-context.ts';

const tokenPath = '/waymark/token';

// Enough for a token and the path of a screen.
const maxFormBytes = 16 * 1024;

/** Whether a browser asks for a page. */
export function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');
}

export function addTokenForm(app: FastifyInstance, { bodies, rules, received }: ServerContext): void {
  const { token } = rules;
  if (token === undefined) return;
  app.post(tokenPath, async (request, reply) => {
    checkSameOrigin(request.headers);
    const body = await bodies.read(request.raw, undefined, maxFormBytes);
    const form = new URLSearchParams(body.bytes.toString());
    body.release();
    const path = form.get('path') ?? '/';
    if (isSameToken(form.get('token')?.trim(), token)) {
      setTokenCookie(reply, token);
      return reply.redirect(localPath(path), 303);
    }
    received.refuse(tokenPath, 401, 'A wrong token was entered in the viewer.');
    return sendTokenForm(reply, path, { isWrong: true });
  });
}

export function setTokenCookie(reply: FastifyReply, token: string): void {
  void reply.header('set-cookie', `${tokenCookie}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`);
}

/** A path on this collector. `//elsewhere` would lead to another host. */
export function localPath(path: string): string {
  return `/${path.replace(/^[/\\]+/, '')}`;
}

/** @param path The page to open when the token is right. */
export function sendTokenForm(
  reply: FastifyReply,
  path: string,
  { isWrong = false }: { readonly isWrong?: boolean } = {},
): FastifyReply {
  return reply
    .code(401)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      // Without a referrer Chromium posts the form with the origin null.
      'referrer-policy': 'same-origin',
    })
    .send(page(path, isWrong));
}

// The viewer's own styles need the token. The colours are those of its tokens.css.
const style = `
:root { color-scheme: light dark; }
body { margin: 20vh auto 0; max-width: 26rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif;
  color: light-dark(#15181b, #e8ebee); background: light-dark(#ffffff, #101316); }
h1 { font-size: 1.25rem; }
form { display: flex; gap: .5rem; }
input { flex: 1; min-width: 0; }
input, button { padding: .4rem .6rem; font: inherit; }
.wrong { color: light-dark(#bd1f1a, #ff7067); }
`;
const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`;

function page(path: string, isWrong: boolean): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Waymark</title>
<style>${style}</style>
<h1>This collector needs a token</h1>
<p>It was printed when the collector was started, or chosen with <code>--token</code> or <code>WAYMARK_TOKEN</code>.</p>
${isWrong ? '<p class="wrong" role="alert">This token is wrong.</p>\n' : ''}<form method="post" action="${tokenPath}">
<input type="hidden" name="path" value="${escapeHtml(path)}">
<input type="password" name="token" aria-label="Token" autocomplete="current-password" required autofocus>
<button>Open</button>
</form>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
