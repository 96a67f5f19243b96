import { en, type Texts } from "./en";
import { zh } from "./zh";

export type { Texts };

/** The texts for a BCP 47 tag; languages without their own get English. */
export const textsFor = (locale: string): Texts => (/^zh\b/i.test(locale) ? zh : en);
