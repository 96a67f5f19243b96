import type { Attachment, Session } from "../../protocol/chat";
import { ApiError } from "../api/http";
import type { Texts } from "../texts";
import { prepare } from "./prepare";
import { type Upload, upload } from "./upload";

/** One photo the customer picked and has not sent yet. */
export interface TrayPhoto {
  key: number;
  name: string;
  /** Object URL of the local file. */
  preview: string;
  state: "uploading" | "ready" | "failed";
  /** 0 to 1. */
  progress: number;
  error: string;
  /** A refused file would be refused again; only a broken transfer is worth a retry. */
  retryable: boolean;
  attachment: Attachment | null;
}

/** The photos waiting in the composer: each is uploaded as soon as it is picked. */
export class PhotoTray {
  photos: readonly TrayPhoto[] = [];
  /** A refusal that belongs to no single photo. */
  notice = "";
  #nextKey = 1;
  readonly #files = new Map<number, File>();
  readonly #uploads = new Map<number, Upload>();
  readonly #session: () => Session | null;
  readonly #texts: Texts;
  readonly #changed: () => void;

  constructor(session: () => Session | null, texts: Texts, changed: () => void) {
    this.#session = session;
    this.#texts = texts;
    this.#changed = changed;
  }

  get busy(): boolean {
    return this.photos.some((photo) => photo.state === "uploading");
  }

  get hasReady(): boolean {
    return this.photos.some((photo) => photo.state === "ready");
  }

  add(files: Iterable<File>): void {
    const limits = this.#session()?.limits;
    if (!limits) return;
    this.notice = "";
    for (const file of files) {
      const { max_attachments } = limits;
      if (this.photos.length >= max_attachments) {
        this.notice = this.#texts.tooManyPhotos(max_attachments);
        break;
      }
      const key = this.#nextKey++;
      this.#files.set(key, file);
      this.photos = [
        ...this.photos,
        {
          key,
          name: file.name,
          preview: URL.createObjectURL(file),
          state: "uploading",
          progress: 0,
          error: "",
          retryable: false,
          attachment: null,
        },
      ];
      void this.#start(key);
    }
    this.#changed();
  }

  retry(key: number): void {
    this.#update(key, { state: "uploading", progress: 0, error: "" });
    void this.#start(key);
  }

  remove(key: number): void {
    this.#uploads.get(key)?.cancel();
    const photo = this.photos.find((other) => other.key === key);
    if (photo) URL.revokeObjectURL(photo.preview);
    this.#forget(key);
    this.photos = this.photos.filter((other) => other.key !== key);
    this.notice = "";
    this.#changed();
  }

  /** Hands over the uploaded photos; refused ones stay until they are removed. */
  take(keep: (attachment: Attachment, preview: string) => void): Attachment[] {
    const taken: Attachment[] = [];
    for (const { key, attachment, preview } of this.photos) {
      if (!attachment) continue;
      keep(attachment, preview);
      taken.push(attachment);
      this.#forget(key);
    }
    this.photos = this.photos.filter((photo) => photo.attachment === null);
    this.#changed();
    return taken;
  }

  async #start(key: number): Promise<void> {
    const picked = this.#files.get(key);
    const session = this.#session();
    if (!picked || !session) return;
    const file = await prepare(picked);
    if (!this.#files.has(key)) return;
    if (file.size > session.limits.max_upload_bytes) {
      this.#update(key, { state: "failed", error: this.#texts.photoTooLarge, retryable: false });
      return;
    }
    const transfer = upload(session.token, file, (progress) => this.#update(key, { progress }));
    this.#uploads.set(key, transfer);
    try {
      const attachment = await transfer.done;
      this.#update(key, { state: "ready", progress: 1, attachment });
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
      const detail = error instanceof ApiError ? error.message : "";
      this.#update(key, {
        state: "failed",
        error: detail || this.#texts.photoFailed,
        retryable: !refused,
      });
    }
  }

  #forget(key: number): void {
    this.#files.delete(key);
    this.#uploads.delete(key);
  }

  #update(key: number, change: Partial<TrayPhoto>): void {
    this.photos = this.photos.map((photo) => (photo.key === key ? { ...photo, ...change } : photo));
    this.#changed();
  }
}
