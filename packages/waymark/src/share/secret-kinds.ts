/** The kinds of values that are removed from a shared trace. */

export type SecretKind =
  | 'key'
  | 'user-info'
  | 'url-parameter'
  | 'query-literal'
  | 'error-value'
  | 'path'
  | 'bearer-token'
  | 'jwt'
  | 'service-key'
  | 'private-key'
  | 'cookie'
  | 'named-secret'
  | 'email'
  | 'card-number'
  | 'iban'
  | 'client-address'
  | 'random-string'
  | 'bytes';

/** The name of each kind in messages: singular and plural. */
export const secretKinds: Readonly<Record<SecretKind, readonly [one: string, several: string]>> = {
  key: ['attribute left out by its key', 'attributes left out by their keys'],
  'user-info': ['user name and password in a URL', 'user names and passwords in URLs'],
  'url-parameter': ['parameter of a URL', 'parameters of URLs'],
  'query-literal': ['value in a database query', 'values in database queries'],
  'error-value': ['value in an error message', 'values in error messages'],
  path: ['folder of this machine', 'folders of this machine'],
  'bearer-token': ['token of an Authorization header', 'tokens of Authorization headers'],
  jwt: ['JSON Web Token', 'JSON Web Tokens'],
  'service-key': ['secret key of a service', 'secret keys of services'],
  'private-key': ['private key', 'private keys'],
  cookie: ['cookie', 'cookies'],
  'named-secret': ['field with the name of a secret', 'fields with the name of a secret'],
  email: ['e-mail address', 'e-mail addresses'],
  'card-number': ['card number', 'card numbers'],
  iban: ['bank account number', 'bank account numbers'],
  'client-address': ['address of a client', 'addresses of clients'],
  'random-string': ['long random string', 'long random strings'],
  bytes: ['binary value', 'binary values'],
};

/** The kind that a word names, such as `emails` or `JWT`; undefined for other words, such as an attribute's key. */
export function secretKindNamed(word: string): SecretKind | undefined {
  return (Object.keys(secretKinds) as SecretKind[]).find((kind) => fold(kind) === fold(word));
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_ ]|e?s$/g, '');
}

/** Written in place of a removed value, as core does in URLs. */
export const replacement = 'REDACTED';

/** Called before a value is removed. Returns false if values of this kind are to be kept. */
export type Removing = (kind: SecretKind) => boolean;
