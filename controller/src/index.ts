export { type ControllersOptions, runControllers } from './controller.ts';
export { createSources, type Sources } from './sources.ts';
