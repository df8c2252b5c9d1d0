/** Requests that a well-behaved client would not make. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { TlsFilePaths } from '../../src/http/tls-files.ts';
import { HOST } from './a-member.ts';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  json(): { code: string; message: string; details: string[] };
}

/** Sends these bytes. Rejects with the connection's error. */
export function send(
  port: number,
  tls: Partial<TlsFilePaths>,
  options: {
    method?: string;
    path: string;
    body?: string | Buffer;
    headers?: Record<string, string>;
    maxVersion?: 'TLSv1.2';
  },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: HOST,
      port,
      path: options.path,
      method: options.method ?? 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', ...options.headers },
      checkServerIdentity: () => undefined,
      ...(options.maxVersion ? { maxVersion: options.maxVersion } : {}),
      ...(tls.caFile ? { ca: readFileSync(tls.caFile) } : {}),
      ...(tls.certFile ? { cert: readFileSync(tls.certFile) } : {}),
      ...(tls.keyFile ? { key: readFileSync(tls.keyFile) } : {}),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (text) => {
        body += text;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, json: () => JSON.parse(body) });
      });
    });
    outgoing.end(options.body);
  });
}
