/** The controller's runtime, from one place. */
export * from '@radondb/controller/runtime/index';
export { connectByKubeconfig } from '@radondb/controller/runtime/kube/kubeconfig-connection';
export { CONFIG_MAPS, EVENTS, LEASES } from '@radondb/controller/runtime/resources';
export { pino } from 'pino';
