/** Names of attributes, URL parameters and fields whose values are secrets or personal data. */

/*
 * Based on OWASP's list for logs: https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude
 * `gen_ai.usage.input_tokens` and similar keys are counts.
 */
const sensitiveKey = new RegExp(
  [
    'authorization|cookie|secret|passw|passphrase|credential|session|jwt|bearer|assertion',
    'token(?!s\\b|s?[._-]?(?:count|type|usage)|i[sz])',
    '(?:api|access|private|account|signing|encryption)[-_.]?key',
    'e-?mail|phone|birth|passport|iban|(?:credit|debit)[-_.]?card|card[-_.]?number|\\b(?:ssn|cvv|cvc|pin|otp|pwd)\\b',
    'enduser|process\\.owner|user\\.(?:id|name|full_name|hash|roles)|user_?(?:id|name)$|client\\.address|(?:^|[._-])ip$',
    'x-(?:amzn-oidc|ms-client-principal|forwarded-for|real-ip)|(?:header\\.|^)forwarded$|csrf|xsrf',
  ].join('|'),
  'i',
);

/** Whether an attribute of this name is likely to have a secret or personal data. */
export function isSensitiveKey(key: string): boolean {
  return sensitiveKey.test(key);
}

// Parameters of URLs that core redacts by default, see docs/security.md.
const namesOfConventions = new Set(
  'AWSAccessKeyId Signature sig X-Amz-Credential X-Amz-Security-Token X-Amz-Signature X-Goog-Signature'.split(' '),
);
const parameterNames = new Set(
  `accesskey accesstoken apikey apitoken assertion auth authorization authtoken bearer clientassertion clientsecret code
  codeverifier credential credentials csrftoken idtoken idtokenhint invitetoken jwt logintoken otp passphrase passwd
  password privatekey pwd refreshtoken resettoken secret secretkey session sessionid sessiontoken sid signature ticket token
  xsrftoken xamzsignature xamzcredential xamzsecuritytoken xgoogsignature xgoogcredential awsaccesskeyid
  samlresponse samlrequest email magiclink hmac`.split(/\s+/),
);

export function isSecretParameter(encoded: string): boolean {
  const name = encoded.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  if (namesOfConventions.has(name)) return true;
  return isNamed(fold(name)) || isNamed(fold(lastPart(name)));
}

function isNamed(folded: string): boolean {
  return parameterNames.has(folded) || endsLikeSecret.test(folded);
}

/** `password` of `user[password]` and `user.password`. */
function lastPart(name: string): string {
  return (
    name
      .split(/[[\].]/)
      .filter((part) => !/^\d*$/.test(part))
      .at(-1) ?? ''
  );
}

const endsLikeSecret =
  /(?:passwords?|passwd|passphrase|pwd|secret|apikey|apitoken|accesskey|accesskeyid|secretkey|privatekey|accountkey|signingkey|encryptionkey|token|credentials?|authorization|clientsecret|connectionstring|cookie|sessionid|jwt|otp|cvv|cvc|cardnumber|ssn)$/;
const shortSecretNames = new Set(['auth', 'sig', 'signature', 'sid', 'bearer', 'pin', 'xamzsignature', 'xapikey']);

/** Whether a field in a string, such as `password=…` or `"apiKey": "…"`, has a secret. Narrower than for URLs: without `code=` and `key=`. */
export function isSecretField(name: string): boolean {
  const folded = fold(lastPart(name));
  return endsLikeSecret.test(folded) || shortSecretNames.has(folded);
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
