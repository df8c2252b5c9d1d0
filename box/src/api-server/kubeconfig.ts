import { stringify } from 'yaml';

export interface KubeconfigOptions {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** A kubeconfig that reaches this server and nothing else. */
export function kubeconfig({ url, caPem, token }: KubeconfigOptions): string {
  const name = 'radondb';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}
