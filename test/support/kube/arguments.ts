import type { Credentials } from './credentials.ts';

/** Everything is on the loopback. */
export const LOOPBACK = '127.0.0.1';

/**
 * One etcd, reached through a socket in a private folder: no port to be taken, and nobody else on the
 * machine gets at the Secrets in it. What is in it need not outlive the machine, so it never waits for
 * the disk.
 */
export function etcdArguments(parts: { dataDir: string; socket: string }): string[] {
  // Peers there are none, and clients are told the socket: any port will do for both.
  const nobody = `http://${LOOPBACK}:0`;
  return [
    '--name=etcd',
    `--data-dir=${parts.dataDir}`,
    `--listen-client-urls=unix://${parts.socket}`,
    `--advertise-client-urls=${nobody}`,
    `--listen-peer-urls=${nobody}`,
    `--initial-advertise-peer-urls=${nobody}`,
    `--initial-cluster=etcd=${nobody}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** A kube-apiserver as a cluster has it: RBAC, service accounts, the default admission plugins. */
export function apiServerArguments(parts: {
  readonly files: Credentials['files'];
  readonly etcdSocket: string;
  readonly port: number;
}): string[] {
  const { files } = parts;
  return [
    `--etcd-servers=unix://${parts.etcdSocket}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${parts.port}`,
    `--advertise-address=${LOOPBACK}`,
    // A loopback address is no valid Endpoint of the Service `kubernetes`.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
    `--client-ca-file=${files.ca}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--allow-privileged=true',
    '--shutdown-delay-duration=0s',
    '--profiling=false',
  ];
}
