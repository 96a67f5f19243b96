import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../../protocol/chat";
import type { PhotoKit } from "../photos/kit";
import { ImageIcon } from "./icons";
import { Lightbox } from "./Lightbox";
import { shape } from "./Photos";
import { useServices } from "./services";

/** One photo in the conversation; pressed, it fills the window. */
export function Photo({ photo, kit: { images } }: { photo: Attachment; kit: PhotoKit }) {
  const { texts } = useServices();
  const [url, setUrl] = useState("");
  const [gone, setGone] = useState(false);
  const [large, setLarge] = useState(false);
  useEffect(() => {
    let current = true;
    images.url(photo.url).then(
      (loaded) => current && setUrl(loaded),
      () => current && setGone(true),
    );
    return () => {
      current = false;
    };
  }, [images, photo.url]);
  if (gone || photo.rejected) {
    return (
      <span class="photo gone">
        <ImageIcon />
        {texts.photoGone}
      </span>
    );
  }
  return (
    <>
      <button
        type="button"
        class="photo"
        aria-label={texts.enlarge}
        style={shape(photo)}
        onClick={() => setLarge(true)}
      >
        {url && <img src={url} alt={texts.photo} />}
      </button>
      {large && <Lightbox url={url} onClose={() => setLarge(false)} />}
    </>
  );
}
