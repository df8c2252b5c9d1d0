/** Group and version of our kinds. */
export const API_GROUP = 'radondb.com';
export const API_VERSION = 'radondb.com/v1';
