/** Requests whose signature covers their headers, or may: one more header, and the receiver refuses them. */

// AWS Signature Version 4 and 4A, and Google Cloud Storage's GOOG4-HMAC-SHA256 and GOOG4-RSA-SHA256.
const signedAuthorization = /^(AWS|GOOG)4-/;

// The same, in a URL that was signed before: the name is part of what they look for, in this case or lower.
const signedQuery = /[?&]X-(Amz|Goog)-Signature=/i;

/**
 * Whether a request is signed.
 *
 * A header of ours in a first try must not be in a second, where the SDK signs all headers that it finds, either. We leave
 * its headers alone even so: what we add goes to the client's own request.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function isSigned(url: string, authorization: unknown): boolean {
  if (typeof authorization === 'string' && signedAuthorization.test(authorization)) return true;
  return url.includes('?') && signedQuery.test(url);
}
