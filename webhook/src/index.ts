export * from './certificates.ts';
export { createWebhookHandler, type WebhookHandlerOptions } from './handler.ts';
export type { Logger } from './log.ts';
export { cachedLookUp } from './look-up/cached-look-up.ts';
export type { LookUp } from './look-up/look-up.ts';
export { type AdmissionResponse, parseAdmissionReview } from './review/admission-review.ts';
export type { Reference } from './review/facts.ts';
export type { ReviewSettings } from './review/kinds/kind-rules.ts';
export { referencesOf, reviewDefault, reviewValidate } from './review.ts';
export {
  DEFAULT_SERVER_LIMITS,
  type RunningWebhook,
  type ServerLimits,
  startWebhook,
  type WebhookOptions,
} from './server.ts';
