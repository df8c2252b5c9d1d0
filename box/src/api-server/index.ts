export type { UserInfo } from './http/authenticate.ts';
export { type ApiServer, type ApiServerOptions, startApiServer } from './server.ts';
