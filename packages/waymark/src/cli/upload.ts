/** Sends a file and reports the progress, which `fetch` does not. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface UploadOptions {
  readonly file: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: (count: number) => void;
}

/** Rejects if there is no answer. */
export async function upload(
  url: string,
  { file, headers, signal, onBytes }: UploadOptions,
): Promise<{ readonly isOk: boolean; readonly text: string }> {
  const { size, isFile } = await sizeOf(file);
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sending: ClientRequest = request(
      url,
      // The length of a pipe is not known.
      { method: 'POST', headers: { ...headers, ...(isFile && { 'content-length': size }) }, ...(signal && { signal }) },
      (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part;
          })
          .on('end', () => resolve({ isOk: response.statusCode === 200, text }))
          .on('error', reject);
      },
    );
    const body = createReadStream(file);
    body.on('data', (chunk) => onBytes(chunk.length));
    body.on('error', (error) => sending.destroy(error));
    // The answer may come before the end of the file, such as 413.
    sending.on('error', reject).on('close', () => body.destroy());
    body.pipe(sending);
  });
}

async function sizeOf(file: string): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const found = await stat(file);
  return { size: found.size, isFile: found.isFile() };
}
