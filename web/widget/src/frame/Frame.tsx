import { render } from "preact";
import type { Identity } from "../protocol/chat";
import type { ToFrame, ToHost } from "../protocol/embed";
import type { PhotoKit } from "./photos/kit";
import { Chat, type ChatWorld, type Config } from "./state/chat";
import type { Texts } from "./texts";
import { App } from "./ui/App";
import { isTouch, ServicesContext } from "./ui/services";

/** The chat within the shop's page: does what the loader asks for, and reports to it. */
export class Frame {
  readonly #config: Config;
  readonly #texts: Texts;
  readonly #world: ChatWorld;
  readonly #tell: (message: ToHost) => void;
  #chat: Chat | null = null;
  #opened = false;

  constructor(config: Config, texts: Texts, world: ChatWorld, tell: (message: ToHost) => void) {
    this.#config = config;
    this.#texts = texts;
    this.#world = world;
    this.#tell = tell;
  }

  obey(message: ToFrame): void {
    if (message.type === "aftercare:init") {
      this.#opened = message.open;
      this.#show(message.identity);
    } else if (message.type === "aftercare:visible") {
      this.#setOpen(message.open);
    }
  }

  online(): void {
    this.#chat?.wake();
  }

  offline(): void {
    this.#chat?.sleep();
  }

  /** The tab came to the front or went to the back. */
  visibilityChanged(): void {
    this.#chat?.setVisible(this.#opened && !document.hidden);
    if (!document.hidden) this.#chat?.wake();
  }

  /** One conversation on the screen; a different customer gets a fresh one. */
  #show(identity: Identity | null): void {
    const customer = identity?.customer_id ?? null;
    // A page may say who is there at every step; that is no reason to start anew.
    if (this.#chat?.customer === customer && this.#chat.state.phase !== "refused") return;
    this.#chat?.stop();
    const chat = new Chat(this.#config, identity, this.#world);
    this.#chat = chat;
    this.#report(chat);
    this.#draw(chat);
    if (this.#opened || chat.known) chat.begin();
    chat.setVisible(this.#opened && !document.hidden);
  }

  #setOpen(open: boolean): void {
    this.#opened = open;
    this.#chat?.setVisible(open && !document.hidden);
    if (!open) return;
    this.#chat?.begin();
    if (!isTouch()) document.querySelector<HTMLElement>("textarea")?.focus();
  }

  #draw(chat: Chat): void {
    const texts = this.#texts;
    let photoKit: PhotoKit | null = null;
    let photosFailed = false;
    const loadPhotoKit = async (): Promise<PhotoKit> => {
      const { makePhotoKit } = await import("./photos/kit");
      photoKit ??= makePhotoKit(this.#world.api, () => chat.state.session, texts, draw);
      draw();
      return photoKit;
    };
    const addPhotos = async (files: Iterable<File>): Promise<void> => {
      const kit = await loadPhotoKit().catch(() => null);
      photosFailed = kit === null;
      if (kit) kit.tray.add(files);
      else draw();
    };
    const close = () => this.#tell({ type: "aftercare:close" });
    const { locale } = this.#config;
    const draw = () => {
      const photos = { photoKit, photosFailed, loadPhotoKit, addPhotos };
      const services = { chat, texts, locale, close, ...photos };
      render(
        <ServicesContext.Provider value={services}>
          <App />
        </ServicesContext.Provider>,
        document.body,
      );
    };
    draw();
  }

  #report(chat: Chat): void {
    let last = chat.state;
    chat.subscribe(() => {
      const { unread, unproven, messages } = chat.state;
      if (unread !== last.unread) this.#tell({ type: "aftercare:unread", count: unread });
      if (messages.length > 0 && last.messages.length === 0) {
        this.#tell({ type: "aftercare:started" });
      }
      if (unproven && !last.unproven) {
        this.#tell({ type: "aftercare:identity-rejected" });
      }
      last = chat.state;
    });
  }
}
