import type { ToFrame, ToHost } from "../protocol/embed";
import { httpApi, socketUrl } from "./api/http";
import { Frame } from "./Frame";
import type { Socket } from "./live/connection";
import type { ChatWorld } from "./state/chat";
import { browserStorage } from "./state/storage";
import "./styles/index.css";
import { loadTexts, type Texts } from "./texts";

// Nothing secret stands in the address: the identity comes by postMessage.
const query = new URLSearchParams(location.search);
const channel = query.get("channel") ?? "";
const locale = query.get("locale") || navigator.language;
const hostOrigin = query.get("host") ?? "";

const world: ChatWorld = {
  api: httpApi,
  openSocket: () => new WebSocket(socketUrl()) as Socket,
  isOnline: () => navigator.onLine,
  random: Math.random,
  storage: browserStorage(),
  newId: () =>
    crypto.getRandomValues(new Uint32Array(4)).reduce((id, n) => id + n.toString(36), ""),
  now: () => new Date(),
};

function start(texts: Texts): void {
  const tell = (message: ToHost) => parent.postMessage(message, hostOrigin);
  const frame = new Frame({ channel, locale }, texts, world, tell);
  addEventListener("message", (event: MessageEvent<ToFrame>) => {
    if (event.source === parent && event.origin === hostOrigin) frame.obey(event.data);
  });
  addEventListener("online", () => frame.online());
  addEventListener("offline", () => frame.offline());
  document.addEventListener("visibilitychange", () => frame.visibilityChanged());
  document.documentElement.lang = locale;
  document.title = texts.title;
  tell({ type: "aftercare:ready" });
}

void loadTexts(locale).then(start);
