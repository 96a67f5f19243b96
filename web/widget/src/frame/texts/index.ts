import type { Texts } from "./en";

export type { Texts };

/** The texts for a BCP 47 tag; languages without their own get English. A visitor loads only his. */
export const loadTexts = async (locale: string): Promise<Texts> =>
  /^zh\b/i.test(locale) ? (await import("./zh")).zh : (await import("./en")).en;
