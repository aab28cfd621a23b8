/** Requests whose signature covers their headers, or may: one more header, and the receiver refuses them. */

// AWS Signature Version 4 and 4A, Google Cloud Storage's GOOG4-HMAC-SHA256 and GOOG4-RSA-SHA256, and those made after their
// example: OSS4-HMAC-SHA256 and ACS3-HMAC-SHA256 of Alibaba, TC3-HMAC-SHA256 of Tencent, SDK-HMAC-SHA256 of Huawei.
const signedAuthorization = /^\s*(?:(?:AWS|GOOG)4-|[A-Z]+\d?-(?:HMAC|RSA|ECDSA)-)/i;

// The same, in a URL that was signed before: the name is part of what they look for, in this case or lower.
const signedQuery = /[?&]X-(?:Amz|Goog|Oss)-Signature=/i;

// Azure, "Create a service SAS": the signature beside the version of the service, or what else is signed.
const sasSignature = /[?&]sig=/i;
const sasField = /[?&](?:sv|se|sp|sr|srt)=/i;

/**
 * Where a request is signed: in its `authorization`, or in its URL; `undefined` if it is not.
 *
 * A header of ours in a first try must not be in a second, where the SDK signs all headers that it finds, either. We leave
 * its headers alone even so: what we add goes to the client's own request.
 *
 * @param authorization The header's value or values.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas
 */
export function signatureOf(
  url: string,
  authorization: string | readonly string[] | undefined,
): 'header' | 'url' | undefined {
  if (authorization !== undefined) {
    const values = typeof authorization === 'string' ? [authorization] : authorization;
    if (values.some((value) => signedAuthorization.test(value))) return 'header';
  }
  if (!url.includes('?')) return undefined;
  return signedQuery.test(url) || (sasSignature.test(url) && sasField.test(url)) ? 'url' : undefined;
}
