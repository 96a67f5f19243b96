import { render } from "preact";
import type { Identity } from "../protocol/chat";
import type { ToFrame, ToHost } from "../protocol/embed";
import { httpApi, socketUrl } from "./api/http";
import type { Socket } from "./live/connection";
import { Images } from "./photos/images";
import type { PhotoTray } from "./photos/tray";
import { Chat, type ChatWorld } from "./state/chat";
import { browserStorage } from "./state/storage";
import "./styles/index.css";
import { textsFor } from "./texts";
import { App } from "./ui/App";
import { isTouch, type PhotoKit, ServicesContext } from "./ui/services";

const query = new URLSearchParams(location.search);
const channel = query.get("channel") ?? "";
const locale = query.get("locale") || navigator.language;
const hostOrigin = query.get("host") ?? "";
const texts = textsFor(locale);

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

const tell = (message: ToHost) => parent.postMessage(message, hostOrigin);

let chat: Chat | null = null;
let opened = false;

function showVisibility(): void {
  chat?.setVisible(opened && !document.hidden);
}

/** One conversation on the screen; a different customer gets a fresh one. */
function show(identity: Identity | null): void {
  chat?.stop();
  const current = new Chat({ channel, locale }, identity, world);
  chat = current;
  const images = new Images(httpApi, () => current.state.session?.token ?? "");
  let photoKit: PhotoKit | null = null;
  let tray: PhotoTray | null = null;
  const close = () => tell({ type: "aftercare:close" });
  const loadPhotoKit = async (): Promise<PhotoTray> => {
    photoKit ??= await import("./photos/kit");
    tray ??= new photoKit.PhotoTray(() => current.state.session, texts, draw);
    draw();
    return tray;
  };
  const addPhotos = async (files: Iterable<File>) => (await loadPhotoKit()).add(files);
  const draw = () => {
    const services = { chat: current, texts, locale, images, photoKit, tray, close };
    render(
      <ServicesContext.Provider value={{ ...services, loadPhotoKit, addPhotos }}>
        <App />
      </ServicesContext.Provider>,
      document.body,
    );
  };
  reportTo(current, identity);
  draw();
  if (opened || current.known) current.begin();
  showVisibility();
}

function reportTo(current: Chat, identity: Identity | null): void {
  let last = current.state;
  current.subscribe(() => {
    const { unread, phase, messages } = current.state;
    if (unread !== last.unread) tell({ type: "aftercare:unread", count: unread });
    if (messages.length > 0 && last.messages.length === 0) tell({ type: "aftercare:started" });
    if (identity && phase === "refused" && last.phase !== "refused") {
      tell({ type: "aftercare:identity-rejected" });
    }
    last = current.state;
  });
}

function setOpen(open: boolean): void {
  opened = open;
  if (open) {
    chat?.begin();
    if (!isTouch()) document.querySelector<HTMLElement>("textarea")?.focus();
  }
  showVisibility();
}

addEventListener("message", (event: MessageEvent<ToFrame>) => {
  if (event.source !== parent || event.origin !== hostOrigin) return;
  if (event.data.type === "aftercare:init") {
    opened = event.data.open;
    show(event.data.identity);
  } else if (event.data.type === "aftercare:visible") {
    setOpen(event.data.open);
  }
});
addEventListener("online", () => chat?.wake());
addEventListener("offline", () => chat?.sleep());
document.addEventListener("visibilitychange", () => {
  showVisibility();
  if (!document.hidden) chat?.wake();
});

document.documentElement.lang = locale;
document.title = texts.title;
tell({ type: "aftercare:ready" });
