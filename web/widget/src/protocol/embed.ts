/**
 * What the loader on the shop's page and the frame tell each other by postMessage.
 * Both sides check the other's origin and window before they believe a word.
 */

import type { Identity } from "./chat";

export type ToFrame =
  /** `identity` is null for an anonymous visitor. Sent once the frame is ready, and on identify(). */
  | { type: "aftercare:init"; identity: Identity | null; open: boolean }
  | { type: "aftercare:visible"; open: boolean };

export type ToHost =
  | { type: "aftercare:ready" }
  | { type: "aftercare:close" }
  | { type: "aftercare:unread"; count: number }
  /** A conversation exists: the loader may connect on the next page without being opened. */
  | { type: "aftercare:started" }
  /** The signature was refused: the shop should sign anew and call identify(). */
  | { type: "aftercare:identity-rejected" };
