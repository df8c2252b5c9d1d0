/** How somebody proves who they are. */
export type Identity =
  | { readonly token: string }
  | { readonly certificate: string; readonly key: string };

/** A kubeconfig with one cluster, user and context. JSON, which is YAML. */
export function renderKubeconfig(
  server: { readonly url: string; readonly caPem: string },
  identity: Identity,
): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const user =
    'token' in identity
      ? { token: identity.token }
      : {
          'client-certificate-data': base64(identity.certificate),
          'client-key-data': base64(identity.key),
        };
  const cluster = { server: server.url, 'certificate-authority-data': base64(server.caPem) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
