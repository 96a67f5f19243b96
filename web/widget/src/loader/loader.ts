/**
 * The script a shop embeds. It draws the button and opens the chat in an iframe; it reads nothing
 * of the page and works under a strict Content-Security-Policy (no inline script, style or markup).
 *
 *   <script src="https://…/widget/loader.js" data-channel="web-demo" data-locale="en" async></script>
 *
 * A signed-in customer: add data-customer, data-issued-at and data-signature (docs/chat-api.md), or
 * call AftercareChat.identify({customer_id, issued_at, signature}); identify(null) signs him out.
 */

import type { Identity } from "../protocol/chat";
import type { ToFrame, ToHost } from "../protocol/embed";
import { STYLE } from "./style";

declare global {
  interface Window {
    AftercareChat?: {
      open(): void;
      close(): void;
      identify(identity: Identity | null): void;
    };
  }
}

const SVG = "http://www.w3.org/2000/svg";
const SPEECH = "M4 11.5C4 7.4 7.6 4 12 4s8 3.4 8 7.5V19h-8c-4.4 0-8-3.4-8-7.5zM9 10.5h6M9 13.5h4";
const CLOSE = "M6 9.5l6 6 6-6";

function start(script: HTMLScriptElement): void {
  const {
    channel = "",
    locale = document.documentElement.lang,
    customer,
    issuedAt,
    signature,
  } = script.dataset;
  const base = new URL(".", script.src);
  const chinese = /^zh\b/i.test(locale);
  const startedKey = `aftercare:${channel}:started`;
  let identity: Identity | null =
    customer && signature
      ? { customer_id: customer, issued_at: Number(issuedAt), signature }
      : null;
  let open = false;
  let frame: HTMLIFrameElement | undefined;
  let ready = false;

  const host = document.createElement("aftercare-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const launcher = document.createElement("button");
  const icon = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const badge = document.createElement("b");
  launcher.type = "button";
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.append(path);
  launcher.append(icon, badge);
  root.append(launcher);

  const post = (message: ToFrame) => {
    if (ready) frame?.contentWindow?.postMessage(message, base.origin);
  };
  const init = () => post({ type: "aftercare:init", identity, open });

  function draw(unread = Number(badge.textContent)): void {
    badge.textContent = open || !unread ? "" : unread > 99 ? "99+" : String(unread);
    path.setAttribute("d", open ? CLOSE : SPEECH);
    launcher.className = open ? "on" : "";
    launcher.ariaExpanded = String(open);
    const words = open ? ["Close chat", "关闭聊天"] : ["Chat with us", "联系售后"];
    const news = open || !unread ? "" : chinese ? `，${unread} 条未读` : `, ${unread} unread`;
    launcher.ariaLabel = words[Number(chinese)] + news;
  }

  function load(): void {
    if (frame) return;
    frame = document.createElement("iframe");
    const query = new URLSearchParams({ channel, locale, host: location.origin });
    frame.src = `${new URL("frame.html", base)}?${query}`;
    frame.title = chinese ? "售后聊天" : "Order help chat";
    frame.className = "shut";
    root.append(frame);
  }

  function show(wanted: boolean): void {
    if (wanted === open) return;
    open = wanted;
    if (open) load();
    frame?.classList.toggle("shut", !open);
    draw();
    if (open) frame?.focus();
    else launcher.focus();
    post({ type: "aftercare:visible", open });
  }

  launcher.onclick = () => show(!open);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) show(false);
  });
  addEventListener("message", (event: MessageEvent<ToHost>) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== base.origin) return;
    const { data } = event;
    if (data.type === "aftercare:ready") {
      ready = true;
      init();
    } else if (data.type === "aftercare:close") show(false);
    else if (data.type === "aftercare:unread") draw(data.count);
    else if (data.type === "aftercare:started") remember();
    else dispatchEvent(new Event(data.type));
  });

  function remember(): void {
    try {
      localStorage.setItem(startedKey, "1");
    } catch {
      // A private window: the chat then starts when it is opened.
    }
  }
  function startedBefore(): boolean {
    try {
      return localStorage.getItem(startedKey) !== null;
    } catch {
      return false;
    }
  }

  window.AftercareChat = {
    open: () => show(true),
    close: () => show(false),
    identify: (proof) => {
      if (proof?.customer_id !== identity?.customer_id) draw(0);
      // Pages hand on what their server answered: take what is ours, the API refuses the rest.
      identity = proof && {
        customer_id: proof.customer_id,
        issued_at: proof.issued_at,
        signature: proof.signature,
      };
      init();
    },
  };
  draw(0);
  document.body.append(host);
  // He wrote before: connect quietly, so that an answer shows on the button.
  if (startedBefore()) load();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !window.AftercareChat) {
  if (document.body) start(script);
  else addEventListener("DOMContentLoaded", () => start(script));
}
