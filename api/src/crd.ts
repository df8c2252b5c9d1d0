/** The CustomResourceDefinitions, made from the schemas of `src/v1`. */

export { renderApiReference } from './crd/api-reference.ts';
export {
  customResourceDefinition,
  type KindDescription,
  type PrinterColumn,
} from './crd/custom-resource.ts';
export { KINDS, MYSQL_CLUSTER, MYSQL_DATABASE, MYSQL_USER } from './crd/kinds.ts';
export type { JsonSchema } from './crd/structural-schema.ts';
export { renderYaml } from './crd/yaml.ts';
