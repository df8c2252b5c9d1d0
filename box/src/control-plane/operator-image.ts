/** Stands for the operator's image: the programs of this checkout. */
export const OPERATOR_IMAGE = 'radondb/operator:local';
