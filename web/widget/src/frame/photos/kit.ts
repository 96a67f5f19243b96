/**
 * All that is needed only once photos are picked or looked at. Loaded then: most visitors write
 * two words, and should not wait for the code that shrinks a camera picture.
 */

export { Lightbox } from "../ui/Lightbox";
export { Tray } from "../ui/Tray";
export { PhotoTray } from "./tray";
