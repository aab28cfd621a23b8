/**
 * Headers that are never recorded: credentials, and values that serve as such. A reader of the traces could use them. No option
 * removes one from this list.
 */

// Compared in lower case, with `_` read as `-`.
const names: ReadonlySet<string> = new Set([
  // RFC 9110 (HTTP), 6265 (cookies), 2965 (cookie2), 9449 (DPoP), 9421 (signatures), 9440 (client certificates).
  'authentication-info',
  'authorization',
  'client-cert',
  'client-cert-chain',
  'cookie',
  'cookie2',
  'dpop',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'set-cookie',
  'set-cookie2',
  'signature',
  'www-authenticate',
  // Common names of keys, tokens and sessions.
  'auth',
  'apikey',
  'jwt',
  'password',
  'secret',
  'session',
  'session-id',
  'sessionid',
  'token',
  'x-auth',
  'x-secret',
  'x-session',
  'x-session-id',
  'x-sessionid',
  // Against cross-site request forgery: Django, Angular, and ASP.NET's antiforgery.
  'requestverificationtoken',
  'x-csrf',
  'x-csrftoken',
  'x-xsrftoken',
  // Client certificates as proxies forward them: Envoy, nginx, Traefik, Azure App Service.
  'ssl-client-cert',
  'x-arr-clientcert',
  'x-client-cert',
  'x-forwarded-client-cert',
  'x-forwarded-tls-client-cert',
  'x-forwarded-tls-client-cert-info',
  'x-ssl-client-cert',
  // Amazon S3, "Specifying server-side encryption with customer-provided keys".
  'x-amz-copy-source-server-side-encryption-customer-key',
  'x-amz-server-side-encryption-customer-key',
  // Google Cloud Endpoints and API Gateway: the payload of the caller's JWT.
  'x-apigateway-api-userinfo',
  'x-endpoint-api-userinfo',
  // Firebase, "Verify App Check tokens from a custom backend".
  'x-firebase-appcheck',
  // Cloudflare Access, "Service tokens".
  'cf-access-client-id',
  // Fastly, "Authenticating API requests", and the header by which its shields recognise each other.
  'fastly-ff',
  'fastly-key',
  // Akamai, "Ghost to Origin" authentication.
  'x-akamai-g2o-auth-data',
  'x-akamai-g2o-auth-sign',
  // Netlify, "Signed proxy redirects".
  'x-nf-sign',
  // Vercel, "Protection Bypass for Automation".
  'x-vercel-protection-bypass',
  // Pomerium, "Original User Context" and "Programmatic access".
  'x-pomerium-jwt-assertion-for',
  // Kong's and other OpenID Connect plugins: the caller's claims.
  'x-userinfo',
  // Signatures of webhooks with other endings: GitHub, Shopify, PayPal, Square.
  'paypal-transmission-sig',
  'x-hub-signature-256',
  'x-shopify-hmac-sha256',
]);

const prefixes: readonly string[] = [
  // AWS, "Authenticate users using an Application Load Balancer": data, identity, accesstoken.
  'x-amzn-oidc-',
  // AWS, "Mutual authentication with TLS in Application Load Balancer".
  'x-amzn-mtls-clientcert',
  // Azure App Service, "Work with user identities": tokens of each provider (aad, google, facebook, …), and claims.
  'x-ms-token-',
  'x-ms-client-principal',
];

/*
 * Endings that name a credential, whatever precedes them. Examples:
 *
 * - assertion: `cf-access-jwt-assertion` (Cloudflare Access), `x-goog-iap-jwt-assertion` (Google IAP), `x-pomerium-jwt-assertion`;
 * - token: `x-amz-security-token` (AWS), `x-auth-request-access-token` and `x-forwarded-access-token` (oauth2-proxy),
 *   `x-vercel-oidc-token`, `cf-access-token`, `private-token` (GitLab), `x-csrf-token`, `x-aws-ec2-metadata-token`;
 * - key: `x-functions-key` and `ocp-apim-subscription-key` (Azure), `x-goog-api-key`, `x-auth-key` (Cloudflare);
 * - auth, authorization: `x-zumo-auth` (Azure App Service), `x-serverless-authorization` (Google Cloud Run);
 * - secret: `cf-access-client-secret`, `x-hasura-admin-secret`;
 * - signature: `stripe-signature`, `x-slack-signature`, `x-hub-signature` (GitHub), `x-vercel-proxy-signature`.
 *
 * Keys that are not credentials, such as `idempotency-key` and `surrogate-key`, have other endings.
 */
const endings =
  /-(?:assertion|auth|authorization|bearer|cookie|jwt|passphrase|password|passwd|secret|signature|token|apikey|accesstoken|idtoken|(?:access|admin|api|app|application|auth|client|encryption|function|functions|insert|license|master|private|rapidapi|rest-api|secret|service|subscription)-key)$/;

/** @param name In any case. */
export function carriesCredentials(name: string): boolean {
  const folded = name.toLowerCase().replaceAll('_', '-');
  return names.has(folded) || prefixes.some((prefix) => folded.startsWith(prefix)) || endings.test(`-${folded}`);
}
