/**
 * All that is needed only once there are photos. Loaded then: most visitors begin with two words,
 * and should not wait for the code that shrinks a camera picture.
 */

import type { Session } from "../../protocol/chat";
import type { ChatApi } from "../api/http";
import type { Texts } from "../texts";
import { Photo } from "../ui/Photo";
import { Tray } from "../ui/Tray";
import { Images } from "./images";
import { PhotoTray } from "./tray";

export interface PhotoKit {
  tray: PhotoTray;
  images: Images;
  Tray: typeof Tray;
  Photo: typeof Photo;
}

export function makePhotoKit(
  api: ChatApi,
  session: () => Session | null,
  texts: Texts,
  changed: () => void,
): PhotoKit {
  return {
    tray: new PhotoTray(session, texts, changed),
    images: new Images(api, () => session()?.token ?? ""),
    Tray,
    Photo,
  };
}
