import type { SignedIdentity } from "./api";

interface AftercareChat {
  open(): void;
  identify(identity: Omit<SignedIdentity, "channel"> | null): void;
}

declare global {
  interface Window {
    AftercareChat?: AftercareChat;
  }
}

const CHANNEL = "web-demo";

/** Embeds the widget the way a shop's template would, for the customer who is signed in. */
export function embed(locale: string, identity: SignedIdentity | null): void {
  if (window.AftercareChat) {
    window.AftercareChat.identify(identity);
    return;
  }
  const script = document.createElement("script");
  script.src = "/widget/loader.js";
  script.async = true;
  script.dataset.channel = identity?.channel ?? CHANNEL;
  script.dataset.locale = locale;
  if (identity) {
    script.dataset.customer = identity.customer_id;
    script.dataset.issuedAt = String(identity.issued_at);
    script.dataset.signature = identity.signature;
  }
  document.head.append(script);
}
