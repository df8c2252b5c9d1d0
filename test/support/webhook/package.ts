/** The package under test, from one place. */
// biome-ignore lint/correctness/noUndeclaredDependencies: a package of this workspace
export * from '@radondb/webhook';
