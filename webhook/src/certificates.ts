/**
 * The webhook's certificates: an own authority and its rotation. The decision is pure; whoever may
 * write the Secret and the webhook configurations (the controller) carries it out through a
 * `CertificateStore`, and the webhook's processes read the leaf from the mounted Secret.
 */
export { secretAfter } from './certificates/apply-step.ts';
export {
  type CertificateState,
  type CertificateStep,
  type CertificateWishes,
  decideCertificateStep,
  trustedBundle,
} from './certificates/decide.ts';
export { type KeepOptions, keepCertificates } from './certificates/keep.ts';
export {
  CERTIFICATE_NAMES,
  type KubeCall,
  type KubeCertificateNames,
  type KubeRequest,
  KubeStoreError,
  kubeCertificateStore,
} from './certificates/kube-store.ts';
export {
  type MountedSecretOptions,
  openMountedSecret,
  UnusableCertificateError,
} from './certificates/mounted-secret.ts';
export {
  type RotationOptions,
  RotationUnsettledError,
  rotateCertificates,
} from './certificates/rotate.ts';
export {
  type KeyAndCertificate,
  SECRET_KEYS,
  type SecretData,
} from './certificates/secret-data.ts';
export {
  type CertificateStore,
  StoreConflictError,
  type StoredSecret,
} from './certificates/store.ts';
export { type CertificateTimes, DEFAULT_CERTIFICATE_TIMES } from './certificates/times.ts';
export { TlsHolder, type TlsSource } from './certificates/tls-source.ts';
