import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../../protocol/chat";
import { ImageIcon } from "./icons";
import { useServices } from "./services";

/** One photo in the conversation; pressed, it fills the window. */
export function Photo({ photo }: { photo: Attachment }) {
  const { images, texts, photoKit, loadPhotoKit } = useServices();
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
        style={{ aspectRatio: `${photo.width || 4} / ${photo.height || 3}` }}
        onClick={() => {
          loadPhotoKit();
          setLarge(true);
        }}
      >
        {url && <img src={url} alt={texts.photo} />}
      </button>
      {large && photoKit && <photoKit.Lightbox url={url} onClose={() => setLarge(false)} />}
    </>
  );
}
