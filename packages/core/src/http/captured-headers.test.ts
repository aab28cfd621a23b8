import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { defaultUrlRedaction } from '../urls/url-redaction.ts';
import { compileCaptureHeaders } from './captured-headers.ts';
import { traceHandler } from './trace-handler.ts';

/** What is recorded of headers that a real request and its response have. */
async function captured(
  headers: Record<string, string>,
  responseHeaders: Record<string, string | string[]>,
): Promise<Record<string, unknown>> {
  const exporter = inMemoryExporter();
  const server = createServer(
    traceHandler((_request, response) => void response.writeHead(200, responseHeaders).end(), {
      captureHeaders: { request: Object.keys(headers), response: Object.keys(responseHeaders) },
      exporter,
      outbound: false,
      env: {},
      logLevel: 'none',
      flushOnExit: false,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  await new Promise<void>((resolve) => {
    send({ port, host: '127.0.0.1', path: '/a?b=1#access_token=s3cret', headers, agent: false }, (response) =>
      response.resume().on('end', resolve),
    ).end();
  });
  const [span] = await exporter.waitFor(1);
  await new Promise((resolve) => server.close(resolve));
  return { ...span?.attributes };
}

const ofRequest = {
  referer: 'https://ada:s3cret@example.com/cb?code=s3cret&page=2#id_token=s3cret',
  origin: 'https://ada:s3cret@example.com',
  'x-original-url': '/a?token=s3cret&b=1',
  'x-rewrite-url': '?token=s3cret',
  'x-forwarded-uri': 'cb#access_token=s3cret',
  'x-original-uri': '/cb?session=s3cret',
  'x-request-id': 'code=7',
  'x-anything': 'see https://example.com/?sig=s3cret',
};

const ofResponse = {
  location: 'https://example.com/cb#access_token=s3cret&state=1',
  'content-location': '//ada:s3cret@example.com/a',
  refresh: '5; url=https://example.com/?code=s3cret',
  link: [
    '<https://ada:s3cret@a.test/?token=s3cret>; rel="next", </b?page=2&sig=s3cret>; rel="last"',
    '</c?d=1>; rel="c"',
  ],
  'cache-control': 'max-age=5',
};

test('URLs in headers are redacted, with their fragments and users, and nothing else of them is changed', async () => {
  const attributes = await captured(ofRequest, ofResponse);
  expect(JSON.stringify(attributes)).not.toContain('s3cret');
  const texts = Object.entries(attributes).filter(([key]) => key.includes('.header.'));
  expect(Object.fromEntries(texts.map(([key, value]) => [key.replace(/^.*header\./, ''), value]))).toEqual({
    referer: ['https://REDACTED:REDACTED@example.com/cb?code=REDACTED&page=2#id_token=REDACTED'],
    origin: ['https://REDACTED:REDACTED@example.com'],
    'x-original-url': ['/a?token=REDACTED&b=1'],
    'x-rewrite-url': ['?token=REDACTED'],
    'x-forwarded-uri': ['cb#access_token=REDACTED'],
    'x-original-uri': ['/cb?session=REDACTED'],
    'x-request-id': ['code=7'],
    'x-anything': ['see https://example.com/?sig=REDACTED'],
    location: ['https://example.com/cb#access_token=REDACTED&state=1'],
    'content-location': ['//REDACTED:REDACTED@example.com/a'],
    refresh: ['5; url=https://example.com/?code=REDACTED'],
    link: [
      '<https://REDACTED:REDACTED@a.test/?token=REDACTED>; rel="next", </b?page=2&sig=REDACTED>; rel="last"',
      '</c?d=1>; rel="c"',
    ],
    'cache-control': ['max-age=5'],
  });
});

test('a fragment in the target of a request is not recorded', async () => {
  expect(await captured({}, {})).toMatchObject({ 'url.path': '/a', 'url.query': 'b=1' });
});

test.each([
  'x-amzn-oidc-data',
  'X-Amzn-Oidc-Accesstoken',
  'x-amzn-oidc-identity',
  'x-amzn-mtls-clientcert-leaf',
  'x-amz-security-token',
  'cf-access-jwt-assertion',
  'cf-access-client-id',
  'cf-access-client-secret',
  'x-ms-token-aad-access-token',
  'x-ms-token-google-id-token',
  'X-MS-CLIENT-PRINCIPAL',
  'x-ms-client-principal-name',
  'x-zumo-auth',
  'x-functions-key',
  'ocp-apim-subscription-key',
  'x-goog-iap-jwt-assertion',
  'x-goog-api-key',
  'x-serverless-authorization',
  'x-apigateway-api-userinfo',
  'x-vercel-oidc-token',
  'x-vercel-protection-bypass',
  'x-nf-sign',
  'x-pomerium-jwt-assertion',
  'x-auth-request-access-token',
  'x-forwarded-client-cert',
  'fastly-key',
  'stripe-signature',
  'x-hub-signature-256',
  'x-slack-signature',
  'x-shopify-hmac-sha256',
  'private-token',
  'x_api_key',
  'api-key',
  'token',
  'dpop',
  'requestverificationtoken',
])('to capture %s is refused', (name) => {
  for (const direction of ['request', 'response']) {
    expect(() => compileCaptureHeaders({ [direction]: ['x-request-id', name] }, defaultUrlRedaction)).toThrow(
      'without headers that carry credentials',
    );
  }
});

test.each([
  'accept',
  'access-control-allow-credentials',
  'cf-ray',
  'content-type',
  'etag',
  'idempotency-key',
  'sec-websocket-key',
  'surrogate-key',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-cache-key',
  'x-ratelimit-remaining-tokens',
  'x-request-id',
  'x-tokens-used',
])('%s may be captured', (name) => {
  expect(compileCaptureHeaders({ request: [name] }, defaultUrlRedaction)?.request?.fields).toHaveLength(1);
});
