import type { ChatApi } from "../api/http";

/**
 * Object URLs of attachments. An <img> cannot send the token, so the bytes are fetched once and
 * kept; the caller falls back to a placeholder when that fails.
 */
export class Images {
  readonly #urls = new Map<string, Promise<string>>();

  readonly #api: ChatApi;
  readonly #token: () => string;

  constructor(api: ChatApi, token: () => string) {
    this.#api = api;
    this.#token = token;
  }

  /** The customer's own picture is at hand already: no need to fetch it back. */
  remember(path: string, objectUrl: string): void {
    this.#urls.set(path, Promise.resolve(objectUrl));
  }

  url(path: string): Promise<string> {
    let url = this.#urls.get(path);
    if (!url) {
      url = this.#api.attachment(this.#token(), path).then((blob) => URL.createObjectURL(blob));
      // A failure is not kept: the next look may find the network back.
      url.catch(() => this.#urls.delete(path));
      this.#urls.set(path, url);
    }
    return url;
  }
}
