/** The controller's runtime, from one place. */
// biome-ignore lint/correctness/noUndeclaredDependencies: a package of this workspace
export * from '@radondb/controller/runtime/index';
// biome-ignore lint/correctness/noUndeclaredDependencies: a package of this workspace
export { connectByKubeconfig } from '@radondb/controller/runtime/kube/kubeconfig-connection';
// biome-ignore lint/correctness/noUndeclaredDependencies: a package of this workspace
export { CONFIG_MAPS, EVENTS, LEASES } from '@radondb/controller/runtime/resources';
// biome-ignore lint/correctness/noUndeclaredDependencies: the logger that the controller takes
export { pino } from 'pino';
