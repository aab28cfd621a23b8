/** Detects requests whose signature may cover their headers: the receiver would refuse them with one more header. */

// AWS Signature Version 4 and 4A, Google Cloud Storage's GOOG4-HMAC-SHA256 and GOOG4-RSA-SHA256, and schemes modelled on them: OSS4-HMAC-SHA256 and ACS3-HMAC-SHA256 of Alibaba, TC3-HMAC-SHA256 of Tencent, SDK-HMAC-SHA256 of Huawei.
const signedAuthorization = /^\s*(?:(?:AWS|GOOG)4-|[A-Z]+\d?-(?:HMAC|RSA|ECDSA)-)/i;

// The same schemes in a presigned URL: parameter names in this case or in lower case.
const signedQuery = /[?&]X-(?:Amz|Goog|Oss)-Signature=/i;

// Azure, "Create a service SAS": the signature, with the version of the service or another signed field.
const sasSignature = /[?&]sig=/i;
const sasField = /[?&](?:sv|se|sp|sr|srt)=/i;

/**
 * Returns where a request is signed: in its `authorization` header or in its URL. `undefined` if it is not signed.
 *
 * The first try of a request must not get our headers either: its SDK would sign them in the second try. The SDK's own headers never
 * change, since we add ours to the client's request.
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
