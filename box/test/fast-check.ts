// biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency of the whole workspace
export { default as fc } from 'fast-check';
