/** A JSON string. A lone surrogate, which UTF-8 cannot encode, becomes U+FFFD as in protobuf. */
export function quote(text: string): string {
  return JSON.stringify((text as unknown as Es2024String).toWellFormed());
}

/** Node 20 has this method, the types of ES2023 do not. */
interface Es2024String {
  toWellFormed(): string;
}
